"""Nothing secret is where a program of the sandbox could read it, and git's door stays shut."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import pytest
from containers import PROBES
from harness import give
from repositories import git, repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness import Stack

HASH = "opencode_server_password_hash"
"""The one entry of the secret store that the server's container has: a bcrypt hash."""

NOBODY = 12345

CHECK = """\
python3 /PROBE > /REPORT
cp /proc/self/status status.txt
id -u > uid.txt
touch /written 2> root.txt || echo refused >> root.txt
echo 'x = y' >> .git/config && echo config >> broken.txt
echo 'true' > .git/hooks/post-commit && echo hooks >> broken.txt
rm -rf .git/hooks && echo hooks-removed >> broken.txt
mv .git elsewhere && echo moved >> broken.txt
git config user.name Mallory && echo git-config >> broken.txt
git commit -q --allow-empty -m inside && git log -1 --format='%an <%ae>' > author.txt
true
"""


class Seen(NamedTuple):
    """One thing that was readable, or why it was not."""

    place: str
    content: bytes
    error: str


def seen(report: str) -> list[Seen]:
    found = [json.loads(line) for line in report.splitlines()]
    return [
        Seen(e["place"], base64.b64decode(e.get("content", "")), e.get("error", "")) for e in found
    ]


def spellings(value: str) -> Iterator[bytes]:
    """A secret as it is, as basic authentication has it, and in URLs and base64."""
    yield value.encode()
    yield quote(value, safe="").encode()
    yield base64.b64encode(value.encode()).rstrip(b"=")
    yield base64.b64encode(f"opencode:{value}".encode()).rstrip(b"=")


def leaks(things: Iterable[Seen], secrets: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (thing.place, name)
        for thing in things
        for name, value in secrets.items()
        if any(spelling in thing.content for spelling in spellings(value))
    ]


def without_hash(stack: Stack) -> dict[str, str]:
    return {name: value for name, value in stack.secrets.items() if name != HASH}


def test_no_secret_is_readable_in_the_servers_container(stack: Stack) -> None:
    canary = "canary-in-a-process-beside"
    beside = ["docker", "exec", "--env", f"CANARY={canary}", "--detach"]
    name = stack.container("opencode").name or ""
    subprocess.run([*beside, name, "sleep", "20"], check=True)
    program = (PROBES / "reveal.py").read_text()

    found = seen(stack.inside("opencode", "python3", "-c", program))

    assert len(stack.secrets) >= 7
    assert leaks(found, without_hash(stack)) == []
    in_places = [place for place, _ in leaks(found, {"canary": canary})]
    assert any(place.endswith("/environ") for place in in_places), "environments were not read"
    assert any(place.endswith("/mem") for place in in_places), "memory was not read"


def test_the_servers_processes_keep_environment_and_memory_closed(stack: Stack) -> None:
    program = (PROBES / "reveal.py").read_text()
    found = {e.place: e for e in seen(stack.inside("opencode", "python3", "-c", program))}
    guarded = {
        Path(place).parent
        for place, entry in found.items()
        if place.endswith("/cmdline")
        and any(word in entry.content for word in (b"opencode\0serve", b"caddy\0run"))
    }

    assert len(guarded) == 2
    for process in guarded:
        assert found[f"{process}/environ"].error == "Permission denied"
        assert found[f"{process}/mem"].error == "Permission denied"


class Visit(NamedTuple):
    """What a script saw and did in the workspace's container of a repository."""

    repository: Path
    report: list[Seen]
    owner: int

    def text(self, name: str) -> str:
        return (self.repository / name).read_text()


@pytest.fixture(scope="module", params=[0, NOBODY], ids=["root", "other"])
def visit(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Visit:
    """A script run by OpenCode's own tool, in a repository of root's or of somebody else's."""
    path = tmp_path_factory.mktemp("visit") / "project"
    probe = (PROBES / "reveal.py").read_text()
    check = CHECK.replace("/PROBE", "reveal.py").replace("/REPORT", "report.jsonl")
    repository(path, {"check.sh": check, "reveal.py": probe})
    owner = int(request.param)
    give(stack, path, owner)
    stack.run("run", "run check.sh", "--dir", path)
    return Visit(path, seen((path / "report.jsonl").read_text()), owner)


def test_no_secret_is_readable_in_a_workspace(stack: Stack, visit: Visit) -> None:
    places = [thing.place for thing in visit.report if thing.content]

    assert "environment" in places
    assert any(place.startswith("/etc/") for place in places)
    assert any(place.startswith("/data/") for place in places)
    assert leaks(visit.report, stack.secrets) == []
    assert not [place for place in places if place.startswith("/run/secrets")]


def test_the_shell_of_a_workspace_is_confined(visit: Visit) -> None:
    status = dict(line.split(":", 1) for line in visit.text("status.txt").splitlines())

    assert {status[name].strip() for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"].strip() == "1"
    assert int(visit.text("uid.txt")) == visit.owner
    assert visit.text("root.txt").endswith("refused\n")
    assert visit.repository.joinpath("uid.txt").stat().st_uid == visit.owner


def test_a_workspace_cannot_plant_what_git_runs_outside(visit: Visit) -> None:
    assert not (visit.repository / "broken.txt").exists()
    assert (visit.repository / ".git" / "config").is_file()
    assert not (visit.repository / ".git" / "hooks" / "post-commit").exists()
    assert "x = y" not in visit.text(".git/config")


def test_a_commit_in_a_workspace_has_the_name_of_the_hosts_git(visit: Visit) -> None:
    assert visit.text("author.txt").strip() == "Ada Lovelace <ada@example.com>"
    assert git(visit.repository, "log", "-1", "--format=%an %ae %s") == (
        "Ada Lovelace ada@example.com inside"
    )
    assert {p.stat().st_uid for p in visit.repository.rglob("*")} == {visit.owner}


def test_a_tool_call_that_shows_the_environment_finds_no_secret(stack: Stack, repo: Path) -> None:
    stack.forget()

    stack.run("run", "show the environment", "--dir", repo)

    answers = [
        message["content"]
        for entry in stack.journal()
        for message in entry["body"]["messages"]
        if message["role"] == "tool"
    ]
    assert len(answers) == 1
    assert "PATH=" in answers[0]
    assert f"uid={os.getuid()}" in answers[0]
    things = [Seen("tool", json.dumps(answers).encode(), "")]
    assert leaks(things, stack.secrets) == []
    assert "PASSWORD" not in answers[0]
    assert "API_KEY" not in answers[0]
