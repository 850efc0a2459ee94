"""Lines of the keys of a TOML document, which Python's parser does not tell.

Only for text that `tomllib` has accepted: nothing is checked again, only positions are collected.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.settings.problem import Path

_BLANK = " \t\r\n"
_END_OF_WORD = ",]}#\r\n"


def lines_of(text: str) -> dict[Path, int]:
    """The line of every table, key and array element, by its path."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._line = 1
        self._counted = 0
        self._tables_in: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self._skip_blank():
            if self._next("["):
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        line = self._line_here()
        is_array = self._next("[[")
        self.at += 2 if is_array else 1
        path = self._through_arrays(self._keys("]"))
        self.at += 2 if is_array else 1
        if is_array:
            index = self._tables_in.get(path, 0)
            self._tables_in[path] = index + 1
            path = (*path, index)
        for length in range(1, len(path) + 1):
            self._record(path[:length], line)
        return path

    def _through_arrays(self, keys: list[str]) -> Path:
        """A header names the last table of each array of tables on its way."""
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            if path in self._tables_in and position < len(keys) - 1:
                path = (*path, self._tables_in[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line_here()
        path = table
        for key in self._keys("="):
            path = (*path, key)
            self._record(path, line)
        self.at += 1
        self._skip_blank()
        self._value(path)

    def _keys(self, end: str) -> list[str]:
        """A dotted key up to `end`, which stays unread."""
        start = self.at
        while self.text[self.at] != end:
            if self.text[self.at] in "\"'":
                self._string()
            else:
                self.at += 1
        node = tomllib.loads(f"{self.text[start : self.at]} = 0")
        keys = []
        while isinstance(node, dict):
            key, node = next(iter(node.items()))
            keys.append(key)
        return keys

    def _value(self, path: Path) -> None:
        if self._next("["):
            self._elements(path)
        elif self._next("{"):
            self._inline_table(path)
        elif self._next('"') or self._next("'"):
            self._string()
        else:
            while self.at < len(self.text) and self.text[self.at] not in _END_OF_WORD:
                self.at += 1

    def _elements(self, path: Path) -> None:
        for index, _ in enumerate(self._items("]")):
            element = (*path, index)
            self._record(element, self._line_here())
            self._value(element)

    def _inline_table(self, path: Path) -> None:
        for _ in self._items("}"):
            self._pair(path)

    def _items(self, end: str) -> Iterator[None]:
        """Stop at each item of an array or inline table, then behind its end."""
        self.at += 1
        while self._more(end):
            yield
        self.at += 1

    def _more(self, end: str) -> bool:
        while self._skip_blank() and self._next(","):
            self.at += 1
        return not self._next(end)

    def _string(self) -> None:
        quote = self.text[self.at]
        mark = quote * 3 if self._next(quote * 3) else quote
        self.at += len(mark)
        while not self._next(mark):
            self.at += 2 if quote == '"' and self._next("\\") else 1
        self.at += len(mark)
        while len(mark) == 3 and self._next(quote):
            self.at += 1  # up to two quotes may stand right before the closing mark

    def _skip_blank(self) -> bool:
        """Skip white space and comments; whether anything is left."""
        while self.at < len(self.text):
            if self._next("#"):
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text[self.at] in _BLANK:
                self.at += 1
            else:
                return True
        return False

    def _next(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def _record(self, path: Path, line: int) -> None:
        self.lines.setdefault(path, line)

    def _line_here(self) -> int:
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line
