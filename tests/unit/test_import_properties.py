"""No input makes an import fail, tell a key, or write settings that are not valid."""

from __future__ import annotations

import json
import string
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from old_checkouts import ERAS

from ralex_stack.cli.import_report import report_text
from ralex_stack.legacy.checkout import paths_as_told, read_checkout
from ralex_stack.legacy.importing import import_files
from ralex_stack.settings.load import problems_of

if TYPE_CHECKING:
    from ralex_stack.legacy.importing import Imported

FILES = dict(ERAS["all"])
PLACES = {
    "secrets_directory": "/secrets",
    "settings": "ralex-stack.toml",
    "dry_run": True,
    "written": [],
    "backups": [],
    "archive": None,
    "not_read": [],
    "other_files": [],
    "skipped_directories": [],
}

quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
mixed = st.text(string.ascii_letters + string.digits, min_size=36, max_size=48).filter(
    lambda text: any(c.isdigit() for c in text) and any(c.islower() for c in text)
)
hexadecimal = st.text("0123456789abcdef", min_size=64, max_size=64)
keys = st.one_of(
    hexadecimal.map(lambda text: f"sk-or-v1-{text}"),
    mixed.map(lambda text: f"sk-ant-api03-{text}"),
    mixed.map(lambda text: f"sk-proj-{text}"),
    hexadecimal,
)
SNIPPETS = [
    *('"', "'", "{", "}", "[", "]", ":", ",", "\n", "\t", "- ", "#", "\\", "\0", "EOF", "&a", "*a"),
    *(
        '""x"',
        "\ue0000\ue001",
        "\ud7ff",
        "<<<<<<< HEAD\n",
        "!!python/object:os.system",
        "${X}",
        "1e999",
    ),
]
LINES = ["{}", "KEY={}", '"api_key": "{}"', "a: '{}", "# {}", "- {}: x"]
snippets = st.sampled_from(SNIPPETS)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, str]:
    """The files of all eras, with a few pieces put in or taken out of some."""
    files = dict(FILES)
    for path in draw(st.lists(st.sampled_from(sorted(FILES)), min_size=1, max_size=4)):
        text = files[path]
        for _ in range(draw(st.integers(1, 4))):
            at = draw(st.integers(0, len(text)))
            cut = draw(st.integers(0, 12))
            text = text[:at] + draw(snippets) + text[at + cut :]
        files[path] = text
    return files


def told(imported: Imported, **paths: object) -> str:
    """All that people and programs see of an import, and all that it writes but secrets."""
    data = {**PLACES, **paths, **imported.report.as_dict()}
    texts = [imported.settings, *imported.files, *imported.files.values()]
    texts += [json.dumps(data, ensure_ascii=False), json.dumps(data)]
    return "\n".join([*texts, report_text(data, verbose=True), report_text(data, verbose=False)])


def imported_from(files: dict[str, bytes]) -> Imported:
    imported = import_files(files, "/secrets")
    assert problems_of(tomllib.loads(imported.settings)) == []
    assert told(imported).encode()
    return imported


@quick
@given(mutated())
def test_no_damage_makes_it_fail(files: dict[str, str]) -> None:
    imported_from({path: text.encode() for path, text in files.items()})


@quick
@given(st.dictionaries(st.sampled_from(sorted(FILES)), st.binary(max_size=200), max_size=4))
def test_no_bytes_make_it_fail(files: dict[str, bytes]) -> None:
    imported_from({**{path: text.encode() for path, text in FILES.items()}, **files})


@quick
@given(st.sampled_from(sorted(FILES)), st.data(), keys)
def test_a_key_planted_anywhere_is_told_nowhere(path: str, data: st.DataObject, key: str) -> None:
    text = FILES[path]
    at = data.draw(st.integers(0, len(text)))
    around = data.draw(st.sampled_from(["", '"', "\n", " ", "=", "\\n", "tokens"]))
    files = {**FILES, path: text[:at] + around + key + around + text[at:]}
    seen = told(imported_from({name: content.encode() for name, content in files.items()}))
    assert key not in seen


@quick
@given(mutated(), st.data(), keys)
def test_a_key_in_damaged_files_is_told_nowhere(
    files: dict[str, str], data: st.DataObject, key: str
) -> None:
    path = data.draw(st.sampled_from(sorted(files)))
    lines = files[path].split("\n")
    at = data.draw(st.integers(0, len(lines)))
    line = data.draw(st.sampled_from(LINES))
    files[path] = "\n".join([*lines[:at], line.format(key), *lines[at:]])
    seen = told(imported_from({name: content.encode() for name, content in files.items()}))
    assert key not in seen


BREAKS = {
    "config/settings.json": ['{{"a": "{}\\n{}"}}', '{{"{}\\n{}": 1}}', '{{"a": ["{}{}"]}} {{'],
    "litellm.yaml": [
        'a: "{}\\\n  {}"',
        "a: >\n  {}\n  {}\n",
        "a: |-\n  {}\n  {}",
        "a: {}\n  {}",
        "{}\n{}: x",
    ],
    ".env": ['A="{}\n{}"', "A={}\\\n{}", "# {}\n# {}\nA=1", "{}\n{}"],
    "claude-functions.sh": ["a() {{\n claude --model {}\\\n{}\n}}"],
    "agent-os/standards/a.md": ["{}\n{}\n", "```\n{}\\\n  {}\n```"],
}


@pytest.mark.parametrize(
    ("path", "template"), [(path, one) for path, found in BREAKS.items() for one in found]
)
@settings(quick, max_examples=8)
@given(keys.filter(lambda key: key.startswith("sk-")), st.integers(17, 28), st.integers(12, 34))
def test_a_key_that_is_broken_over_lines_is_told_nowhere(
    path: str, template: str, key: str, begin: int, end: int
) -> None:
    at = begin if begin % 2 else len(key) - end
    half, rest = key[:at], key[at:]
    assume(any(char.isdigit() for char in rest))
    seen = told(imported_from({path: template.format(half, rest).encode()}))
    assert rest not in seen
    assert half not in seen


PLACES_ON_DISK = [
    "{}.json",
    "{}/config/settings.json",
    "agent-os/standards/{}.md",
    "agent-os/{}/a.md",
    "{}/node_modules/x.js",
    "{}/litellm.yaml/x",
    "{}.txt",
    ".env.{}",
]
CONTENTS = ["", '{{"{}": 1}}', "KEY={}", "url = https://x:{}@example.com/y", '"a": "{}', "x {} y"]


@settings(quick, max_examples=25)
@given(st.data(), keys)
def test_a_key_on_the_disk_is_told_nowhere(data: st.DataObject, key: str) -> None:
    encoding = data.draw(st.sampled_from(["utf-8", "utf-16", "utf-16-le", "latin-1"]))
    with TemporaryDirectory() as directory:
        root = Path(directory)
        places = data.draw(st.lists(st.sampled_from([*PLACES_ON_DISK, ".git/config"]), max_size=4))
        for place in ("config/settings.json", *places):
            path = root / place.format(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.draw(st.sampled_from(CONTENTS)).format(key).encode(encoding))
        checkout = read_checkout(root)
        imported = import_files(checkout.files, "/secrets", checkout.keys)
        assert key not in told(imported, **paths_as_told(checkout))


@pytest.mark.parametrize("escaped", [r"sk-or-v1-", r"sk-\u006fr-v1-"])
@quick
@given(hexadecimal)
def test_a_key_that_is_written_in_escapes_is_told_nowhere(escaped: str, rest: str) -> None:
    text = f'{{"default_model": "x/{escaped}{rest}", "note": ["{escaped}{rest}"]}}'
    assert rest not in told(imported_from({"config/settings.json": text.encode()}))


@quick
@given(mutated())
def test_the_same_files_give_the_same_bytes(files: dict[str, str]) -> None:
    encoded = {path: text.encode() for path, text in files.items()}
    again = dict(reversed(encoded.items()))
    one, other = import_files(encoded, "/secrets"), import_files(again, "/secrets")
    assert one == other
