"""The settings of the model `auto`: defaults, what goes over them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from samples import settings
from test_settings_check import problems

from ralex_stack.routing.expressions import compiled
from ralex_stack.settings.load import load
from ralex_stack.settings.routing import INTENTS, PATTERNS

TUNING = Path(__file__).parents[1] / "data" / "tuning_prompts.jsonl"


def test_there_is_no_model_auto_by_default() -> None:
    assert settings().routing.auto.mode == "off"
    assert settings().routing.auto.tiers == {}


def test_every_default_pattern_is_a_regular_expression_of_a_default_intent() -> None:
    for rule in PATTERNS:
        compiled(rule.pattern)
        compiled(rule.unless or "")
        assert rule.intent in INTENTS


def test_every_default_intent_has_dozens_of_examples_of_its_own() -> None:
    examples = [example for intent in INTENTS.values() for example in intent.examples]
    assert len(examples) == len(set(examples))
    assert all(len(intent.examples) >= 24 for intent in INTENTS.values())


def test_the_prompts_that_the_defaults_were_tuned_on_are_no_examples() -> None:
    tuning = [json.loads(line)["prompt"] for line in TUNING.read_text().splitlines()]
    examples = {example for intent in INTENTS.values() for example in intent.examples}
    assert not set(tuning) & examples


def test_what_is_said_of_an_intent_goes_over_its_defaults() -> None:
    given = {"explain": {"tier": "smart"}, "docs": {"tier": "cheap", "examples": ["write docs"]}}
    auto = settings({"routing": {"auto": {"mode": "intent", "intents": given}}}).routing.auto
    assert auto.tiers == {
        **{name: intent.tier for name, intent in INTENTS.items()},
        "explain": "smart",
        "docs": "cheap",
    }
    assert auto.intents["explain"].examples == INTENTS["explain"].examples


def test_auto_stands_for_its_default_tier_where_one_model_is_wanted(tmp_path: Path) -> None:
    file = tmp_path / "ralex-stack.toml"
    file.write_text('opencode.model = "auto"\nrouting.auto = {mode = "patterns"}\n')
    assert load(file, {}, ()).settings.models_of("auto") == ("glm", "gemini-flash-lite")


MODEL_CALLED_AUTO = "[models.auto]\nupstream = 'local/a'\n[providers.local]\npaid = false\n"


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("default_tier = 'chaep'", "routing.auto.default_tier", '"chaep" names no tier'),
        ("complexity.simple = 'x'", "routing.auto.complexity.simple", "names no tier"),
        ("intents.edit.tier = 'x'", "routing.auto.intents.edit.tier", "names no tier"),
        ("intents.mine.examples = ['a']", "routing.auto.intents.mine.tier", "required"),
        (
            "patterns = [{intent = 'edti', pattern = 'a'}]",
            "routing.auto.patterns.0.intent",
            'did you mean "edit"',
        ),
        (
            "patterns = [{intent = 'edit', pattern = 'ab(c'}]",
            "routing.auto.patterns.0.pattern",
            "is no regular expression of RE2: missing ): ab(c",
        ),
        (
            r"patterns = [{intent = 'edit', pattern = 'a', unless = '(a)\1'}]",
            "routing.auto.patterns.0.unless",
            "is no regular expression of RE2: invalid escape sequence",
        ),
        (
            "patterns = [{intent = 'edit', pattern = '(a?){1000}(b?){1000}'}]",
            "routing.auto.patterns.0.pattern",
            "is too large to be searched for",
        ),
        (
            "mode = 'intent'\nintents.mine.tier = 'cheap'",
            "routing.auto.intents.mine.examples",
            "there are none",
        ),
        ("mode = 'guess'", "routing.auto.mode", "must be 'off'"),
        ("threshold = 6", "routing.auto.threshold", "5"),
        (f"mode = 'patterns'\n{MODEL_CALLED_AUTO}", "models.auto", "cannot be called"),
        ("[opencode]\nmodel = 'auto'", "opencode.model", "set routing.auto.mode"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, text: str, path: str, words: str
) -> None:
    found = problems(tmp_path, f"[routing.auto]\n{text}")
    assert [problem.path for problem in found] == [path]
    assert words in str(found[0])


def test_a_model_may_be_called_auto_where_there_is_no_other(tmp_path: Path) -> None:
    file = tmp_path / "ralex-stack.toml"
    file.write_text(MODEL_CALLED_AUTO)
    assert load(file, {}, ()).settings.models_of("auto") == ("auto",)
