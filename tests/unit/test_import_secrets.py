"""Secrets of old files: stored, referred to, and never told."""

from __future__ import annotations

import json
import tomllib

import pytest
from old_checkouts import KEY, LATER_ERA, LITELLM_ERA, OTHER_KEY, encoded

from ralex_stack.cli.import_report import report_text
from ralex_stack.legacy.importing import Imported, import_files
from ralex_stack.legacy.masking import HIDDEN, Masks, certain_keys, shown, shown_path


def imported(files: dict[str, str]) -> Imported:
    return import_files(encoded(files), "/config/secrets")


def told(result: Imported) -> str:
    return result.settings + json.dumps(result.report.as_dict()) + "".join(result.files.values())


def test_a_key_of_the_environment_is_stored_and_referred_to() -> None:
    result = imported(LITELLM_ERA)
    assert result.secrets["openrouter_api_key"] == KEY
    reference = tomllib.loads(result.settings)["providers"]["openrouter"]["api_key"]
    assert reference == {"file": "/config/secrets/openrouter_api_key"}
    assert KEY not in told(result)
    [entry] = [s for s in result.report.secrets if s.name == "openrouter_api_key"]
    assert [str(place) for place in entry.places] == [".env:2:28"]
    assert result.report.next[0].startswith("revoke, where they were made: openrouter_api_key")


def test_a_secret_is_one_by_its_name_alone() -> None:
    result = imported(LITELLM_ERA)
    assert result.secrets["webui_secret_key"] == "correct-horse-battery-9"
    assert "correct-horse" not in told(result)


def test_secrets_of_mcp_servers_are_left_out_of_the_settings() -> None:
    result = imported(LATER_ERA)
    assert result.secrets == {"github_token": OTHER_KEY}
    assert OTHER_KEY not in told(result)
    [dropped] = [d for d in result.report.dropped if d.said.key.endswith("GITHUB_TOKEN")]
    assert dropped.said.value == HIDDEN


def test_a_key_in_litellm_itself_is_taken_for_its_provider() -> None:
    parameters = f"{{model: openrouter/x/y, api_key: {KEY}}}"
    text = f"model_list:\n- model_name: a\n  litellm_params: {parameters}\n"
    result = imported({"litellm.yaml": text})
    reference = tomllib.loads(result.settings)["providers"]["openrouter"]["api_key"]
    assert reference == {"file": "/config/secrets/openrouter_api_key"}


def test_two_keys_of_one_name_are_both_stored() -> None:
    other = KEY.replace("0", "f")
    result = imported(
        {".env": f"OPENROUTER_API_KEY={KEY}", "a/.env": f"OPENROUTER_API_KEY={other}"}
    )
    assert result.secrets == {"openrouter_api_key": KEY, "openrouter_api_key_2": other}
    [conflict] = result.report.conflicts
    assert conflict.taken.place.file == ".env"


@pytest.mark.parametrize(
    "value",
    ["your_openrouter_api_key_here", "__OPENROUTER_API_KEY__", "${OTHER}", "<key>", "changeme"],
)
def test_placeholders_are_no_secrets(value: str) -> None:
    result = imported({".env": f"OPENROUTER_API_KEY={value}\n"})
    assert result.secrets == {}
    assert result.report.secrets == []


def test_a_placeholder_in_the_form_of_a_key_is_hidden_and_not_kept() -> None:
    key = "sk-or-v1-your-openrouter-key-1234"
    result = imported({".env": f"OPENROUTER_API_KEY={key}"})
    assert result.secrets == {}
    assert key not in told(result)
    assert not any(step.startswith("revoke") for step in result.report.next)


def test_an_example_names_no_secret_but_may_hold_a_real_key() -> None:
    text = f"WEBUI_SECRET_KEY=ralex-secret-key\nOPENROUTER_API_KEY={KEY}\n"
    result = imported({".env.example": text})
    assert result.secrets == {"openrouter_api_key": KEY}
    assert "ralex-secret-key" not in told(result)


def test_a_key_in_a_standard_is_cut_out_of_it() -> None:
    result = imported({"agent-os/standards/a.md": f"Use {KEY} for all.\n"})
    assert result.files == {"agent-os/standards/a.md": f"Use {HIDDEN} for all.\n"}


def test_prices_and_limits_are_no_secrets() -> None:
    result = imported({"litellm.yaml": "a:\n  cost_per_token: 0.00001\n  max_tokens: 4000\n"})
    assert result.report.secrets == []


def test_keys_in_other_files_are_told_and_not_stored() -> None:
    keys = certain_keys(LITELLM_ERA["docs/notes.txt"], "docs/notes.txt")
    result = import_files({}, "/config/secrets", keys)
    [entry] = result.report.secrets
    assert (entry.name, entry.stored, str(entry.places[0])) == (
        "anthropic_api_key",
        False,
        "docs/notes.txt:1:11",
    )
    assert result.secrets == {}
    assert OTHER_KEY not in told(result)


def test_marks_keep_the_length_and_cannot_be_forged() -> None:
    masks = Masks()
    text = f'"api_key": "{KEY}", "x": "\ue0000\ue001"'
    masks.learn(text, "f")
    hidden = masks.hide(text)
    assert len(hidden) == len(text)
    assert shown(hidden) == f'"api_key": "{HIDDEN}", "x": "�0�"'
    assert masks.of("\ue0007") is None


@pytest.mark.parametrize("escape", [r"\ue0000\ue001", r"\uE0000", r"\ue0009"])
def test_a_mark_in_escapes_leads_to_no_secret(escape: str) -> None:
    text = f'{{"Providers": [{{"name": "openrouter", "api_key": "{escape}"}}]}}'
    result = imported({"ccr.json": text, "b/.env": f"SOME_TOKEN={KEY}"})
    reference = tomllib.loads(result.settings)["providers"]["openrouter"]["api_key"]["file"]
    assert result.secrets["some_token"] == KEY
    assert not reference.endswith("/some_token")


@pytest.mark.parametrize("path", [f"a/{KEY}.md", f"{KEY}/b", "a\nb\x1b[2J"])
def test_paths_are_told_on_one_line_without_keys(path: str) -> None:
    text = shown_path(path)
    assert KEY not in text
    assert text.isprintable()


def test_the_report_for_people_hides_keys_and_says_where_they_are_kept() -> None:
    result = imported({**LITELLM_ERA, f"agent-os/standards/{KEY}.md": "# x\n"})
    places = {"settings": "s", "dry_run": True, "written": [], "backups": [], "archive": None}
    others = {"not_read": [], "other_files": [], "skipped_directories": []}
    data = {**places, **others, **result.report.as_dict(), "secrets_directory": "/config/secrets"}
    text = report_text(data, verbose=True)
    assert KEY not in text
    assert "stored as /config/secrets/openrouter_api_key" in text
