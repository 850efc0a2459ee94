"""From the bytes of a file to its text, in whatever encoding an editor or a shell wrote it."""

from __future__ import annotations

import codecs

_MARKED = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""What a file begins with → its encoding. UTF-32's mark begins like that of UTF-16."""


def decoded(raw: bytes) -> tuple[str, str]:
    """The text, with `\\n` at the ends of lines, and what is to be told of its encoding.

    No text means that there is none, or that it is told why.
    """
    encoding = next((name for mark, name in _MARKED if raw.startswith(mark)), _unmarked(raw))
    try:
        text, told = raw.decode(encoding), ""
    except UnicodeDecodeError:
        text, encoding, told = _forced(raw, encoding)
    if text and encoding != "utf-8":
        told = f"is not UTF-8: read as {encoding.upper()}"
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), told


def _unmarked(raw: bytes) -> str:
    """UTF-16 without a mark has a zero in every second byte, where its text is mostly ASCII."""
    even, odd = raw[::2], raw[1::2]
    for encoding, low, high in (("utf-16-le", even, odd), ("utf-16-be", odd, even)):
        plain = sum(9 <= byte < 127 for byte in low)
        if len(raw) % 2 == 0 and high.count(0) * 4 > len(high) * 3 and plain * 4 > len(low) * 3:
            return encoding
    return "utf-8"


def _forced(raw: bytes, encoding: str) -> tuple[str, str, str]:
    """The text of a file that is not what it seems, its encoding, and what is to be told."""
    if encoding != "utf-8" or b"\0" in raw:
        return "", encoding, "is binary: not read"
    text = raw.decode(errors="replace")
    lost = text.count("\ufffd")
    if lost <= sum(char > "\x7f" for char in text) - lost:
        line = text.count("\n", 0, text.index("\ufffd")) + 1
        told = f"is not all UTF-8, first in line {line}: characters that cannot be read are lost"
        return text, encoding, told
    try:
        return raw.decode("windows-1252"), "windows-1252", ""
    except UnicodeDecodeError:
        # Every byte has a meaning in it.
        return raw.decode("latin-1"), "latin-1", ""
