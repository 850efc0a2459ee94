"""A stack whose gateway has a database: LiteLLM's own API for keys, and what it keeps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from harness import Json, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

MODEL = "gemini-flash-lite"
POOR_ALIAS = "poor"
POOR_KEY = "sk-of-somebody-who-may-spend-nothing"
"""With a limit of the settings by their names: a virtual key of that alias, and that very key."""

_PSQL = ("as-gateway", "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align")


@dataclass
class Team(Stack):
    """Used through its published ports, as its administrator and its users do."""

    def administer(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> httpx.Response:
        """What LiteLLM answers at the admin door; to the master key, unless another is given."""
        found = self.json("env", "--admin")
        bearer = {"Authorization": f"Bearer {key or found['LITELLM_MASTER_KEY']}"}
        url = f"{found['LITELLM_ADMIN_URL']}{path}"
        return httpx.request(method, url, json=body, headers=bearer, timeout=60)

    def new(self, kind: str, **options: Any) -> Json:
        """A new `key`, `team` or `user`, as LiteLLM describes it."""
        path = {"key": "/key/generate", "team": "/team/new", "user": "/user/new"}[kind]
        answer = self.administer("POST", path, options)
        assert answer.status_code == 200, answer.text
        made: Json = answer.json()
        return made

    def new_key(self, **options: Any) -> str:
        """A new virtual key."""
        return str(self.new("key", **options)["key"])

    def ask(
        self,
        key: str,
        api: str = "chat/completions",
        *,
        model: str = MODEL,
        stream: bool = False,
        session: str | None = None,
    ) -> httpx.Response:
        """A small call of a model with a key, at the gateway's published port."""
        named = {"x-session-id": session} if session else {}
        body: Mapping[str, object] = {
            "model": model,
            "max_tokens": 50,
            "stream": stream,
            **(
                {"input": "hello"}
                if api == "responses"
                else {"messages": [{"role": "user", "content": "hello"}]}
            ),
        }
        return httpx.post(
            f"{self.gateway}/v1/{api}",
            json=body,
            headers={"Authorization": f"Bearer {key}", **named},
            timeout=60,
        )

    def query(self, sql: str) -> list[str]:
        """Lines that PostgreSQL answers to the gateway's role."""
        stop = ("--set", "ON_ERROR_STOP=1")
        return self.inside("postgres", *_PSQL, *stop, stdin=sql).splitlines()

    def spend(self, key: str) -> list[float]:
        """What each call of a virtual key cost, as LiteLLM's table of calls has it."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        rows = self.query("""SELECT api_key, spend FROM "LiteLLM_SpendLogs";""")
        costs = (row.split("|") for row in rows)
        return [float(cost) for owner, cost in costs if owner == digest]

    def counted(self, key: str) -> float:
        """What LiteLLM compares with the budget of a key after a restart, in USD."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        rows = self.query("""SELECT token, spend FROM "LiteLLM_VerificationToken";""")
        return float(dict(row.split("|") for row in rows)[digest])

    def log(self, service: str) -> str:
        """What a service has printed."""
        return self.container(service).logs().decode()
