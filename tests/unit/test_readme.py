"""What the README shows: valid settings, commands that exist, links that lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ralex_stack.cli.main import COMMANDS
from ralex_stack.settings.load import load

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = sorted(path.relative_to(ROOT) for path in (ROOT / "README.md", *ROOT.glob("docs/*.md")))


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_the_settings_shown_are_valid(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    file = tmp_path / "ralex-stack.toml"
    file.write_text(text)
    loaded = load(file, {}, ())
    assert set(loaded.settings.models) == set(tomllib.loads(text)["models"])
    assert loaded.settings.opencode.model == "tier:smart"


def test_all_commands_shown_exist_and_all_that_exist_are_shown() -> None:
    guide = README + (ROOT / "docs" / "getting-started.md").read_text()
    shown = set(re.findall(r"(?:`|\$\(|^)ralex-stack (\w+)", guide, re.MULTILINE))
    listed = set(re.findall(r"`(\w+)(?: --?[a-z]+)*`", README))
    assert shown <= set(COMMANDS)
    assert set(COMMANDS) <= shown | listed | {"config"}


def test_make_targets_shown_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^make (\w+)", "\n".join(blocks("sh")), re.MULTILINE))
    assert targets == {"up", "test", "check", "bench"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_to_files(document: Path) -> None:
    text = (ROOT / document).read_text()
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert ((ROOT / document).parent / link).exists(), link
