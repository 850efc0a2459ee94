"""The example files are valid and show what they say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import jsonschema
import pytest

from ralex_stack.settings.load import load
from ralex_stack.settings.schema import json_schema

EXAMPLES = sorted((Path(__file__).parents[2] / "stack" / "examples").glob("*.toml"))


def test_the_usual_cases_have_an_example() -> None:
    assert {path.stem for path in EXAMPLES} >= {
        "openrouter",
        "several-providers",
        "local-ollama",
        "local-llama-cpp",
        "local-vllm",
        "simulator",
        "team",
        "egress",
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_valid_and_commented(path: Path) -> None:
    loaded = load(path, {}, ())
    assert not loaded.warnings
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    jsonschema.validate(tomllib.loads(text), json_schema())


def test_examples_have_names_of_their_own() -> None:
    names = [load(path, {}, ()).settings.stack.name for path in EXAMPLES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "path", [path for path in EXAMPLES if path.stem.startswith("local")], ids=lambda path: path.stem
)
def test_a_local_example_wants_no_key_and_costs_nothing(path: Path) -> None:
    settings = load(path, {}, ()).settings
    deployments = [item for model in settings.models.values() for item in model.all_deployments]
    used = [settings.providers[deployment.provider] for deployment in deployments]
    assert settings.stack.provider == "real"
    for provider in used:
        assert not provider.paid
        assert provider.api_key is None
        assert provider.api_base is not None
        assert provider.api_base.startswith("http://host.docker.internal:")


def test_the_example_with_several_providers_has_fallbacks_between_them() -> None:
    [path] = [path for path in EXAMPLES if path.stem == "several-providers"]
    settings = load(path, {}, ()).settings
    for name, targets in settings.routing.fallbacks.items():
        providers = {d.provider for model in (name, *targets)
                     for d in settings.models[model].all_deployments}  # fmt: skip
        assert len(providers) > 1
