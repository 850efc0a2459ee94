"""`ralex-stack import`, as a user calls it on checkouts of every era."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import commands
import pytest
import yaml
from click.testing import CliRunner, Result
from old_checkouts import ERAS, FIRST_ERA, KEY, LATER_ERA, LITELLM_ERA, OTHER_KEY, write_checkout

from ralex_stack.cli.main import cli
from ralex_stack.errors import RalexError, SettingsError

if TYPE_CHECKING:
    from fake_engine import FakeEngine


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git_of_nobody: None) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def run(*arguments: str) -> Any:
    result = call("--json", *arguments)
    assert result.exception is None, result.output
    return json.loads(result.stdout)


def tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def refused(*arguments: str) -> RalexError:
    error = call(*arguments).exception
    assert isinstance(error, RalexError)
    return error


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The program itself, as the shell runs it."""
    command = [sys.executable, "-m", "ralex_stack", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True)


@pytest.mark.parametrize("era", ERAS)
def test_the_program_makes_a_stack_of_every_era(here: Path, era: str) -> None:
    old = write_checkout(here.parent / "Old Ralex", ERAS[era])
    before = tree(old)
    result = program("import", str(old))
    assert "Next" in result.stdout
    for key in (KEY, OTHER_KEY):
        assert key not in result.stdout + result.stderr
    assert tree(old) == before
    assert ": valid (" in program("validate").stdout
    models = set(tomllib.loads((here / "ralex-stack.toml").read_text())["models"])
    program("render", "--no-secrets", "--out", "project")
    [litellm] = (here / "project").rglob("litellm.yaml")
    assert models <= {
        entry["model_name"] for entry in yaml.safe_load(litellm.read_text())["model_list"]
    }


@pytest.mark.parametrize("era", ERAS)
def test_a_plan_is_made_of_what_was_imported(
    command_engine: FakeEngine, tmp_path: Path, era: str
) -> None:
    runner = command_engine.runner()
    old = write_checkout(tmp_path / "old", ERAS[era])
    commands.call(runner, "import", str(old))
    planned = json.loads(commands.call(runner, "plan", "--json").stdout)
    assert {"gateway", "edge"} <= {action["service"] for action in planned["actions"]}


@pytest.mark.parametrize("era", ERAS)
def test_a_second_time_gives_the_same_bytes(here: Path, era: str) -> None:
    old = write_checkout(here.parent / "old", ERAS[era])
    first = run("import", str(old))
    files, secrets = tree(here), tree(here.parent / "config")
    second = run("import", str(old))
    assert (tree(here), tree(here.parent / "config")) == (files, secrets)
    assert first["written"] != []
    assert second["written"] == []


def test_into_the_checkout_itself_twice(here: Path) -> None:
    write_checkout(here, ERAS["all"])
    call("import", ".")
    files = tree(here)
    assert run("import", ".")["written"] == []
    assert tree(here) == files


def test_a_dry_run_writes_nothing_and_reports_the_same(here: Path) -> None:
    old = write_checkout(here.parent / "old", LITELLM_ERA)
    dry = run("import", str(old), "--dry-run")
    assert tree(here.parent) == {f"old/{path}": data for path, data in tree(old).items()} | {
        "gitconfig": (here.parent / "gitconfig").read_bytes()
    }
    real = run("import", str(old))
    told = ("files", "taken", "conflicts", "dropped", "models", "secrets", "next")
    assert {key: dry[key] for key in told} == {key: real[key] for key in told}


def test_secrets_are_files_of_their_owner_alone(here: Path) -> None:
    run("import", str(write_checkout(here.parent / "old", LITELLM_ERA)))
    secret = here.parent / "config" / "ralex-stack" / "secrets" / "openrouter_api_key"
    assert secret.read_text() == KEY
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    assert all(KEY.encode() not in content for content in tree(here).values())


def test_a_run_that_ended_in_the_middle_is_gone_on_with(here: Path) -> None:
    old = write_checkout(here.parent / "old", ERAS["all"])
    run("import", str(old), "--out", "whole")
    whole = tree(here / "whole")
    (here / "agent-os" / "put-aside").parent.mkdir()
    (here / "agent-os" / "put-aside").write_text("in the way")
    assert isinstance(call("import", str(old)).exception, OSError)
    assert not (here / "ralex-stack.toml").exists()
    (here / "agent-os" / "put-aside").unlink()
    assert run("import", str(old))["backups"] == []
    assert {path: data for path, data in tree(here).items() if "whole" not in path} == whole


def test_what_is_there_is_replaced_only_by_force_and_kept(here: Path) -> None:
    old = write_checkout(here.parent / "old", FIRST_ERA)
    (here / "ralex-stack.toml").write_text("# mine\n")
    error = refused("import", str(old))
    assert "ralex-stack.toml" in str(error)
    assert tree(here) == {"ralex-stack.toml": b"# mine\n"}
    data = run("import", str(old), "--force")
    [backup] = data["backups"]
    assert (here / backup).read_text() == "# mine\n"
    assert run("import", str(old), "--force")["backups"] == []


def test_a_stored_secret_is_not_lost_to_another(here: Path) -> None:
    store = here.parent / "config" / "ralex-stack" / "secrets"
    run("import", str(write_checkout(here.parent / "one", {".env": f"OPENROUTER_API_KEY={KEY}"})))
    other = {".env": f"OPENROUTER_API_KEY={KEY.replace('0', 'f')}"}
    two = write_checkout(here.parent / "two", other)
    assert KEY not in str(refused("import", str(two)))
    [backup] = run("import", str(two), "--force")["backups"]
    assert Path(backup).read_text() == KEY
    assert stat.S_IMODE(Path(backup).stat().st_mode) == 0o600
    assert len(list(store.iterdir())) == 2


def test_out_names_a_file_or_a_directory(here: Path) -> None:
    old = write_checkout(here.parent / "old", FIRST_ERA)
    run("import", str(old), "--out", "new")
    run("import", str(old), "--out", "other/mine.toml")
    assert (here / "new" / "ralex-stack.toml").is_file()
    assert (here / "other" / "mine.toml").is_file()
    assert (here / "other" / "agent-os" / "standards" / "python.md").is_file()


def git(directory: Path, *arguments: str) -> str:
    command = ["git", "-C", str(directory), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def committed(old: Path) -> Path:
    git(old, "init", "-q")
    git(old, "add", "-A")
    git(old, "commit", "-q", "--allow-empty", "-m", "old")
    return old


def test_an_archived_checkout_is_renamed_and_tagged(here: Path) -> None:
    old = committed(write_checkout(here.parent / "ralex", FIRST_ERA))
    content = tree(old)
    head = git(old, "rev-parse", "HEAD")
    dry = run("import", str(old), "--archive", "--dry-run")
    assert dry["archive"]["tag"] is True
    assert tree(old) == content
    run("import", str(old), "--archive")
    new = here.parent / "ralex-legacy"
    assert not old.exists()
    assert git(new, "rev-parse", "ralex-legacy^{commit}") == head
    again = run("import", str(new), "--archive")
    assert again["written"] == []
    assert again["archive"]["tag"] is False


def test_what_cannot_be_archived_is_refused_before_anything_is_written(here: Path) -> None:
    old = committed(write_checkout(here.parent / "ralex", LATER_ERA))
    (here.parent / "ralex-legacy").mkdir()
    assert refused("import", str(old), "--archive").code == "import-archive"
    (here.parent / "ralex-legacy").rmdir()
    git(old, "tag", "ralex-legacy")
    git(old, "commit", "-q", "--allow-empty", "-m", "later")
    assert "at another commit" in str(refused("import", str(old), "--archive"))
    inside = refused("import", str(old), "--archive", "--out", str(old / "new.toml"))
    assert "would go with it" in str(inside)
    assert tree(here) == {}
    assert old.is_dir()


def test_keys_that_git_still_has_are_to_be_revoked(here: Path) -> None:
    old = committed(write_checkout(here.parent / "old", {**FIRST_ERA, "a b/.env": "A_TOKEN=x"}))
    (old / "a b" / ".env").unlink()
    committed(old)
    data = run("import", str(old))
    assert data["committed"] == ["a b/.env"]
    assert data["next"][0].startswith("revoke every key that ever was in a b/.env")
    assert data["secrets"] == []


def test_passwords_in_the_addresses_of_remotes_are_told_and_not_echoed(here: Path) -> None:
    old = committed(write_checkout(here.parent / "old", FIRST_ERA))
    git(old, "remote", "add", "origin", "https://ada:hunter2-hunter2@example.com/ralex")
    result = program("import", str(old), "--json", "--verbose")
    assert "hunter2" not in result.stdout + result.stderr
    [secret] = json.loads(result.stdout)["secrets"]
    assert (secret["places"], secret["stored"]) == ([".git/config:7:20"], False)


def test_secrets_below_the_home_are_referred_to_by_it(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path.home() / ".config"))
    run("import", str(write_checkout(here.parent / "old", LITELLM_ERA)))
    settings = tomllib.loads((here / "ralex-stack.toml").read_text())
    file = settings["providers"]["openrouter"]["api_key"]["file"]
    assert file == "~/.config/ralex-stack/secrets/openrouter_api_key"
    assert Path(file).expanduser().read_text() == KEY


def test_without_git_a_checkout_is_only_renamed(here: Path) -> None:
    old = write_checkout(here.parent / "ralex", FIRST_ERA)
    data = run("import", str(old), "--archive")
    assert data["archive"]["notes"] == ["it is no git repository of its own: not tagged"]
    assert (here.parent / "ralex-legacy").is_dir()


@pytest.mark.parametrize("directory", ["none", ".", "code.py"])
def test_no_checkout_is_an_error_with_a_code(here: Path, directory: str) -> None:
    (here / "code.py").write_text("")
    error = refused("import", directory)
    assert isinstance(error, SettingsError)
    assert error.code == "import-unreadable"
    assert list(tree(here)) == ["code.py"]
