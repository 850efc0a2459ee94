"""Plans as text."""

from __future__ import annotations

from typing import get_args

import click
import pytest

from ralex_stack.cli.plan_text import LOOKS, render_text, summary
from ralex_stack.plan import Action, Effect, Kind, Plan

ALL = Plan(
    actions=(
        Action("valkey", "create", ("it has no container yet",)),
        Action("gateway", "change", ("mem_limit: 1g → 2g", "litellm.yaml: changed")),
        Action("edge", "restart", ("secret gateway_key_sandbox changed",)),
        Action("opencode", "start"),
        Action("cache", "remove"),
        Action("simulator", "keep"),
    ),
    effects=(
        Effect("provider", "provider: simulator → real", needs_yes=True),
        Effect("model", "model glm: removed"),
    ),
    builds=("ralex-stack/edge:1",),
)

TEXT = """\
+ create  valkey
      it has no container yet
~ change  gateway
      mem_limit: 1g → 2g
      litellm.yaml: changed
↻ restart edge
      secret gateway_key_sandbox changed
▶ start   opencode
- remove  cache
= keep    simulator

Images to build:
  ralex-stack/edge:1

Effects:
  ! provider: simulator → real
  model glm: removed

1 to build, 1 to create, 1 to change, 1 to restart, 1 to start, 1 to remove."""


def test_a_plan_is_told_line_by_line() -> None:
    assert click.unstyle(render_text(ALL)) == TEXT


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([], "Nothing to do."),
        (["keep", "keep"], "Nothing to do."),
        (["create", "keep", "create"], "2 to create."),
        (["restart", "change"], "1 to change, 1 to restart."),
    ],
)
def test_summary(kinds: list[Kind], expected: str) -> None:
    assert summary(Plan(tuple(Action(str(n), kind) for n, kind in enumerate(kinds)))) == expected


def test_an_empty_plan_is_one_line() -> None:
    assert render_text(Plan(())) == "Nothing to do."


@pytest.mark.parametrize(("count", "more"), [(8, None), (9, "… and 1 more"), (20, "… and 12 more")])
def test_many_reasons_are_cut(count: int, more: str | None) -> None:
    action = Action("gateway", "change", tuple(f"key{n}: changed" for n in range(count)))
    lines = render_text(Plan((action,))).splitlines()
    assert sum("changed" in line for line in lines) == 8
    assert any("more" in line for line in lines) is (more is not None)
    if more is not None:
        assert more in "\n".join(lines)


def test_every_kind_of_action_has_its_looks() -> None:
    assert set(LOOKS) == set(get_args(Kind))
