"""`route` and `logs --routes`: what is told, without an engine and without a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click import UsageError
from commands import call, up

from ralex_stack.errors import CommandError, EngineError, SettingsError
from ralex_stack.runner import Result
from ralex_stack.settings.routing import INTENTS

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import Call, RecordingRunner

FORMAT = "format this file with black"
PATTERNS = ("--set", "routing.auto.mode=patterns")


def rows(runner: RecordingRunner, *arguments: str, stdin: str | None = None) -> list[Any]:
    found: list[Any] = json.loads(call(runner, *arguments, "--json", stdin=stdin).stdout)
    return found


def test_a_prompt_is_explained_with_intent_tier_model_price_and_reason(
    runner: RecordingRunner,
) -> None:
    shown = call(runner, *PATTERNS, "route", FORMAT).stdout
    for part in ("format", "cheap", "gemini-flash-lite", "0.1 USD in, 0.4 USD out", "pattern 3"):
        assert part in shown
    assert runner.asked("docker", "run") == []


def test_patterns_are_applied_without_an_engine(runner: RecordingRunner) -> None:
    assert call(runner, *PATTERNS, "route", FORMAT).exit_code == 0
    assert runner.calls == []


def test_a_file_that_is_no_text_is_told(runner: RecordingRunner, tmp_path: Path) -> None:
    file = tmp_path / "prompts"
    file.write_bytes(b"\xff\xfe")
    result = call(runner, *PATTERNS, "route", "--file", str(file))
    assert result.exit_code == 2
    assert "is no text in UTF-8" in result.stderr


def test_as_json_it_has_what_decided(runner: RecordingRunner) -> None:
    assert rows(runner, *PATTERNS, "route", FORMAT) == [
        {
            "prompt": FORMAT,
            "intent": "format",
            "tier": "cheap",
            "model": "gemini-flash-lite",
            "upstream": "openrouter/google/gemini-2.5-flash-lite",
            "input": 0.1,
            "output": 0.4,
            "reason": "pattern 3",
            "because": ["'format'"],
        }
    ]


@pytest.mark.parametrize(
    "text", [f"{FORMAT}\n\nhello\n", f'{{"prompt": "{FORMAT}"}}\n{{"prompt": "hello"}}\n']
)
def test_many_prompts_come_from_a_file_or_standard_input(
    runner: RecordingRunner, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "prompts"
    file.write_text(text)
    for source, stdin in ((str(file), None), ("-", text)):
        found = rows(runner, *PATTERNS, "route", "--file", source, stdin=stdin)
        assert [row["tier"] for row in found] == ["cheap", "standard"]
    table = call(runner, *PATTERNS, "route", "--file", str(file)).stdout
    assert "no pattern matches" in table


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["route"], "give one PROMPT"),
        (["route", "a", "--file", "-"], "give one PROMPT"),
        ([*PATTERNS, "route", "--file", "-"], "line 2 begins with {"),
        (["logs", "--routes", "gateway"], "--routes names no services"),
        (["logs", "--routes", "--egress"], "exclude each other"),
    ],
)
def test_what_cannot_be_asked_is_told(
    runner: RecordingRunner, arguments: list[str], words: str
) -> None:
    result = call(runner, *arguments, stdin="a\n{b\n")
    assert result.exit_code == UsageError.exit_code
    assert words in result.stderr


def test_without_auto_there_is_nothing_to_explain(runner: RecordingRunner) -> None:
    with pytest.raises(SettingsError, match="there is no model `auto`") as caught:
        call(runner, "route", FORMAT)
    assert "--mode" in caught.value.hint
    assert rows(runner, "route", FORMAT, "--mode", "patterns")[0]["tier"] == "cheap"


def embedded(asked: Call) -> Result:
    return Result(0, json.dumps([[1.0, 0.0]] * len(json.loads(asked.stdin or ""))))


def chosen(asked: Call) -> Result:
    given = json.loads(asked.stdin or "")
    assert set(given) == {"rules", "models", "vectors", "prompts"}
    one = {"tier": "cheap", "intent": "format", "reason": "nearest examples", "because": ["'x'"]}
    return Result(0, json.dumps([one] * len(given["prompts"])))


def test_meaning_is_compared_in_containers_without_a_network(runner: RecordingRunner) -> None:
    runner.on("docker", "run", "embed", do=embedded)
    runner.on("docker", "run", "ralex_stack.gateway.offline", do=chosen)

    (row,) = rows(runner, "route", "a prompt of its own", "--mode", "intent")

    assert (row["tier"], row["because"]) == ("cheap", ["'x'"])
    embed, choose = runner.asked("docker", "run")
    for run in (embed, choose):
        assert {"--rm", "--network=none", "--read-only", "--cap-drop=ALL"} <= set(run.arguments)
    texts = json.loads(embed.stdin or "")
    assert texts[-1] == "a prompt of its own"
    assert set(texts[:-1]) == {example for i in INTENTS.values() for example in i.examples}
    assert len(runner.asked("docker", "rm", "--force")) == 2
    assert len(runner.when_this_is_killed) == 2


def test_complexity_needs_no_embedder(runner: RecordingRunner) -> None:
    runner.on("docker", "run", "ralex_stack.gateway.offline", do=chosen)
    rows(runner, "route", FORMAT, "--mode", "complexity")
    assert len(runner.asked("docker", "run")) == 1


def test_a_container_that_fails_or_answers_nothing_is_told(runner: RecordingRunner) -> None:
    runner.on("docker", "run", code=1, stderr="no such image")
    with pytest.raises(CommandError, match="no such image"):
        call(runner, "route", FORMAT, "--mode", "complexity")
    runner.on("docker", "run", stdout="?")
    with pytest.raises(EngineError, match="gave no answer"):
        call(runner, "route", FORMAT, "--mode", "complexity")


ROUTED = {
    "event": "call",
    "time": "2026-11-24T09:30:00.123+00:00",
    "session": "ses_1",
    "key": "sandbox",
    "model": "tier:smart",
    "fallback": None,
    "served": "glm",
    "status": "success",
    "tier": "smart",
    "intent": "debug",
    "route": "session: pattern 5",
    "cost": 0.1,
}
LOG = "\n".join(
    [
        json.dumps(ROUTED),
        json.dumps({"event": "call", "model": "glm"}),
        "INFO: something else",
        "[1]",
    ]
)


@pytest.fixture
def logged(runner: RecordingRunner) -> RecordingRunner:
    up(runner)
    return runner.on("docker", "logs", "ralex-gateway-1", stdout=LOG)


def test_routes_are_read_from_the_account_of_calls(logged: RecordingRunner) -> None:
    data = json.loads(call(logged, "logs", "--routes", "--json").stdout)
    assert data == {
        "routes": [
            {
                "time": ROUTED["time"],
                "session": "ses_1",
                "key": "sandbox",
                "intent": "debug",
                "tier": "smart",
                "model": "glm",
                "status": "success",
                "route": "session: pattern 5",
            }
        ]
    }


def test_routes_are_a_table_or_lines_as_they_come(logged: RecordingRunner) -> None:
    table = call(logged, "logs", "--routes").stdout
    for part in ("2026-11-24 09:30:00", "ses_1", "sandbox", "debug", "smart", "glm", "session:"):
        assert part in table
    (line,) = call(logged, "logs", "--routes", "--follow").stdout.splitlines()
    assert line == ("2026-11-24 09:30:00  ses_1 sandbox: debug → smart (glm); session: pattern 5")


def test_a_call_that_failed_is_told_apart(runner: RecordingRunner) -> None:
    up(runner)
    runner.on("docker", "logs", stdout=json.dumps({**ROUTED, "status": "failure"}))
    assert "smart (glm, failed); session" in call(runner, "logs", "--routes", "--follow").stdout


def test_where_nothing_was_routed_it_says_why(runner: RecordingRunner) -> None:
    up(runner)
    assert 'routing.auto.mode is "off"' in call(runner, "logs", "--routes").stdout
    assert "was not called" in call(runner, *PATTERNS, "logs", "--routes").stdout


def test_auto_is_in_the_list_of_models_where_it_is_one(runner: RecordingRunner) -> None:
    assert rows(runner, "models")[0]["name"] == "tier:cheap"
    first = rows(runner, *PATTERNS, "models")[0]
    assert first["name"] == "auto"
    assert first["upstreams"] == ["tier:cheap", "tier:smart", "tier:standard"]
    assert "by tier" in call(runner, *PATTERNS, "models").stdout
