"""The main job: a prompt changes a real repository, and every call is routed and accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from harness import give, models_asked
from repositories import git, repository

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Json, Stack

HELLO = "create hello.py that prints hello"
WORK, TITLES = "z-ai/glm-4.6", "google/gemini-2.5-flash-lite"
SOMEBODY = 12345


def reported_cost(journal: list[Json]) -> float:
    """USD, as the simulator said in `usage.cost` of its answers."""
    answers = [entry["response"]["fixture"]["response"] for entry in journal]
    return float(sum(answer["usage"]["cost"] for answer in answers))


class Done(NamedTuple):
    """The README's first prompt, carried out, and what was heard of it outside."""

    repository: Path
    result: Json
    journal: list[Json]
    ledger: list[Json]


@pytest.fixture(scope="module")
def done(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Done:
    path = repository(tmp_path_factory.mktemp("first") / "project")
    stack.forget()
    result = stack.json("run", HELLO, "--dir", path)
    return Done(path, result, stack.journal(), stack.ledger(result["session"]))


def test_run_creates_the_file(done: Done) -> None:
    assert (done.repository / "hello.py").read_text() == 'print("hello")\n'
    assert git(done.repository, "status", "--porcelain") == "?? hello.py"
    assert done.result["ok"] is True
    assert done.result["problem"] is None
    assert "hello.py" in done.result["text"]
    assert [tool["tool"] for tool in done.result["tools"]] == ["write"]


def test_the_right_upstream_models_are_asked_and_only_by_the_gateway(done: Done) -> None:
    models = models_asked(done.journal)

    assert set(models) == {WORK, TITLES}
    assert models.count(WORK) == 2
    agents = {entry["headers"]["user-agent"].partition("/")[0] for entry in done.journal}
    assert agents == {"litellm"}
    assert {entry["headers"]["host"] for entry in done.journal} == {"simulator:4010"}


def test_every_call_is_accounted_for_with_the_providers_cost(done: Done) -> None:
    assert done.result["session"].startswith("ses_")
    assert len(done.ledger) == len(done.journal)
    assert {(entry["key"], entry["status"]) for entry in done.ledger} == {("sandbox", "success")}
    assert {entry["model"] for entry in done.ledger} == {"tier:standard", "tier:cheap"}
    assert [entry["upstream"] for entry in done.ledger].count(f"openrouter/{WORK}") == 2
    total = sum(entry["cost"] for entry in done.ledger)
    assert total > 0
    assert total == pytest.approx(reported_cost(done.journal))


def test_no_container_is_left(stack: Stack, done: Done) -> None:
    assert done.result["ok"] is True
    assert stack.containers(one_off=True) == {}


def test_a_session_is_continued(stack: Stack, done: Done) -> None:
    stack.forget()

    second = stack.json("run", "run hello.py", "--dir", done.repository, "--continue")

    prompts: list[Any] = stack.journal()[-1]["body"]["messages"]
    assert second["session"] == done.result["session"]
    assert any(HELLO in str(message["content"]) for message in prompts)
    assert "it printed hello" in second["text"]


def test_files_belong_to_the_owner_of_the_workspace(stack: Stack, repo: Path) -> None:
    give(stack, repo, SOMEBODY)

    stack.run("run", HELLO, "--dir", repo)

    status = (repo / "hello.py").stat()
    assert (status.st_uid, status.st_gid) == (SOMEBODY, SOMEBODY)
    assert {path.stat().st_uid for path in repo.rglob("*")} == {SOMEBODY}


def test_a_directory_without_git_and_below_the_top_level_work_too(
    stack: Stack, repo: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain with blanks"
    below = repo / "src" / "deep"
    plain.mkdir()
    below.mkdir(parents=True)

    for directory in (plain, below):
        stack.run("run", HELLO, cwd=directory)

    assert (plain / "hello.py").is_file()
    assert (below / "hello.py").is_file()
    assert not (repo / "hello.py").exists()


def test_people_see_answer_and_tools(stack: Stack, tmp_path: Path) -> None:
    repo = repository(tmp_path / "greeting", {"greet.py": "def greet():\n    pass\n\n\ngreet()\n"})

    done = stack.run("run", "rename greet to welcome in greet.py", "--dir", repo)

    assert (repo / "greet.py").read_text() == "def welcome():\n    pass\n\n\nwelcome()\n"
    assert "Renamed greet to welcome" in done.stdout
    assert "edit greet.py" in done.stderr.replace(f"{repo}/", "")


def test_a_prompt_of_several_rounds_runs_commands_until_the_test_passes(
    stack: Stack, repo: Path
) -> None:
    result = stack.json("run", "write and test a calculator", "--dir", repo)

    assert "return a + b" in (repo / "calc.py").read_text()
    assert [tool["tool"] for tool in result["tools"]] == ["write", "write", "bash", "edit", "bash"]
    assert "all tests passed" in result["text"]


def test_a_commit_has_the_name_of_the_hosts_git(stack: Stack, repo: Path) -> None:
    (repo / "new.txt").write_text("new\n")

    stack.run("run", "commit the change", "--dir", repo)

    assert git(repo, "log", "-1", "--format=%an <%ae> %cn <%ce>") == (
        "Ada Lovelace <ada@example.com> Ada Lovelace <ada@example.com>"
    )
    assert git(repo, "show", "--name-only", "--format=", "HEAD") == "new.txt"
    assert git(repo, "status", "--porcelain") == ""


def test_the_model_asked_for_is_the_one_asked(stack: Stack, repo: Path) -> None:
    stack.forget()

    stack.run("run", HELLO, "--dir", repo, "--model", "tier:smart")

    assert set(models_asked(stack.journal())) == {"anthropic/claude-sonnet-4.5", TITLES}
