"""Data to bytes, the same bytes for the same data."""

from __future__ import annotations

import json
from typing import Any

import yaml

_OTHER_LINE_BREAKS = "\x85\u2028\u2029"


def to_json(data: Any) -> bytes:
    """Indented JSON, keys in the order given, with a final newline."""
    return (json.dumps(_plain(data), indent=2, ensure_ascii=False) + "\n").encode()


def to_yaml(data: Any) -> bytes:
    """Block-style YAML, keys in the order given, without anchors or line folding."""
    text = yaml.dump(
        _plain(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**31 - 1, indent=2
    )
    return str(text).encode()


def with_front_matter(fields: dict[str, Any], body: str) -> bytes:
    """Markdown with YAML front matter."""
    return b"---\n" + to_yaml(fields) + b"---\n" + body.strip().encode() + b"\n"


def _plain(data: Any) -> Any:
    """With whole numbers written as such: `600`, `600.0` and a default are one setting."""
    if isinstance(data, float) and data.is_integer():
        return int(data)
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    return [_plain(item) for item in data] if isinstance(data, (list, tuple)) else data


# The same bytes, much faster, where PyYAML was built with LibYAML.
_BASE: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_BASE):  # type: ignore[misc]
    """Without aliases: a reader should not have to look up anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Text, in double quotes where PyYAML's other styles would turn a character into a space."""
    style = '"' if any(break_ in text for break_ in _OTHER_LINE_BREAKS) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
