"""The Dockerfile of an extended sandbox image."""

from __future__ import annotations

import json
from typing import Any

import pytest
from samples import settings

from ralex_stack.render import sandbox_image


def lines(sandbox: dict[str, Any], fragment: str | None = None) -> list[str]:
    text = sandbox_image.render(settings({"sandbox": sandbox}), "base:1", fragment)
    assert text.endswith("\n")
    return text.splitlines()


@pytest.mark.parametrize(
    ("sandbox", "extended"),
    [
        ({}, False),
        ({"resources": {"memory": "1g"}}, False),
        ({"packages": ["cargo"]}, True),
        ({"setup": "true"}, True),
        ({"dockerfile": "Extra"}, True),
    ],
)
def test_only_what_adds_something_extends_the_image(
    sandbox: dict[str, Any], extended: bool
) -> None:
    assert sandbox_image.is_extended(settings({"sandbox": sandbox})) is extended


@pytest.mark.parametrize(
    ("sandbox", "fragment"),
    [({}, None), ({"packages": ["cargo"], "setup": "true"}, "RUN true"), ({}, "USER 0:0")],
)
def test_the_image_is_built_on_the_base_and_ends_unprivileged(
    sandbox: dict[str, Any], fragment: str | None
) -> None:
    found = lines(sandbox, fragment)
    assert found[0] == "FROM base:1"
    assert found[-1] == "USER 10001:10001"


def test_packages_are_words_of_the_shell() -> None:
    (run,) = [line for line in lines({"packages": ["cargo", "g++", "jq=1;true"]}) if "RUN" in line]
    assert run.endswith(" cargo g++ 'jq=1;true'")


@pytest.mark.parametrize("setup", ["npm install -g x", "a\nb 'c' \"d\" \\\ne", "echo ${HOME} é"])
def test_setup_is_run_as_it_is(setup: str) -> None:
    (run,) = [line for line in lines({"setup": setup}) if line.startswith("RUN")]
    assert json.loads(run[run.index("[") :])[-1] == setup


def test_the_fragment_comes_last() -> None:
    found = lines({"packages": ["cargo"], "setup": "true"}, "\nENV A=1\nRUN true\n")
    assert found[-3:] == ["ENV A=1", "RUN true", "USER 10001:10001"]
