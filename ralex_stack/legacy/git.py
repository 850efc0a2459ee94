"""What git says of an old checkout: an edge, which changes nothing but by `tag`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.errors import EngineError
from ralex_stack.legacy.kinds import kind_of
from ralex_stack.legacy.masking import shown_path

if TYPE_CHECKING:
    from pathlib import Path

    from ralex_stack.runner import Result, Runner

_ENVIRONMENTS = (":(glob)**/.env", ":(glob)**/.env.*")


def git(root: Path, runner: Runner, *arguments: str, check: bool = False) -> Result:
    """Run git in a checkout, whose configuration is foreign and can name programs to run."""
    safe = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
    return runner.run(["git", "-C", str(root), *safe, *arguments], check=check)


def committed_environments(root: Path, runner: Runner) -> list[str]:
    """Files of environment variables that are, or once were, in git; none where git has no say."""
    asked = ("log", "--all", "--relative", "--diff-filter=A", "--name-only", "-z", "--format=")
    try:
        found = git(root, runner, *asked, "--", *_ENVIRONMENTS)
    except EngineError:
        return []
    names = found.stdout.split("\0") if found.code == 0 else []
    found_names = {name.strip() for name in names}
    return sorted(shown_path(name) for name in found_names if _is_environment(name))


def _is_environment(path: str) -> bool:
    kind = kind_of(path)
    return kind is not None and kind.name == "env"
