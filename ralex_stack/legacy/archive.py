"""Putting an old checkout away: renamed, and tagged in git. An edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ralex_stack.errors import Refused
from ralex_stack.host import is_too_wide
from ralex_stack.legacy.git import git

if TYPE_CHECKING:
    from pathlib import Path

    from ralex_stack.runner import Runner

NAME = "ralex-legacy"
"""Of the directory, and of the tag."""


@dataclass(frozen=True)
class Archive:
    """What is to be done with a checkout; nothing is done yet."""

    root: Path
    target: Path
    tags: bool
    notes: tuple[str, ...] = ()


def plan_archive(root: Path, settings: Path, runner: Runner) -> Archive:
    """Raises Refused where the checkout cannot be put away as a whole."""
    root = root.resolve()
    target = root.with_name(NAME)
    reason = _reason_against(root, target, settings.resolve())
    if reason:
        raise Refused(
            f"{root} cannot be archived: {reason}",
            hint="nothing was changed; leave --archive away to import only",
            code="import-archive",
        )
    head = git(root, runner, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    top = git(root, runner, "rev-parse", "--show-toplevel")
    if top.code != 0 or not (root / ".git").exists():
        return Archive(root, target, False, ("it is no git repository of its own: not tagged",))
    if head.code != 0:
        return Archive(root, target, False, ("it has no commit: not tagged",))
    return _with_tag(root, target, head.stdout.strip(), runner)


def _reason_against(root: Path, target: Path, settings: Path) -> str:
    if is_too_wide(root):
        return "it is a home or a directory of the system"
    if settings.is_relative_to(root):
        return "the new settings would go with it; write them elsewhere with `--out PATH`"
    if (root / ".git").is_file():
        return "it is a worktree or submodule of another repository, which would lose it"
    if root != target and target.exists():
        return f"{target} is there already"
    return ""


def _with_tag(root: Path, target: Path, head: str, runner: Runner) -> Archive:
    existing = git(root, runner, "rev-parse", "--verify", "--quiet", f"{NAME}^{{commit}}")
    tagged = existing.stdout.strip() if existing.code == 0 else ""
    if tagged and tagged != head:
        raise Refused(
            f"{root} has a tag {NAME} already, at another commit",
            hint=f"rename it: `git tag {NAME}-old {NAME} && git tag -d {NAME}`",
            code="import-archive",
        )
    status = git(root, runner, "status", "--porcelain")
    notes = ("what is not committed is in the directory, not in the tag",)
    return Archive(root, target, not tagged, notes if status.stdout.strip() else ())


def archive(planned: Archive, runner: Runner) -> None:
    """Tag, then rename. Raises CommandError, OSError."""
    if planned.tags:
        git(planned.root, runner, "-c", "tag.gpgSign=false", "tag", NAME, check=True)
    if planned.root != planned.target:
        planned.root.rename(planned.target)
