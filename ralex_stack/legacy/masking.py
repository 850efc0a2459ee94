"""Secrets in old files: found and hidden before anything else looks at the text.

A secret is replaced by a mark of the same length, so that lines and columns stay, and what parses
still does. Marks use characters that Unicode reserves for private use, which the text itself is
freed of first: no file can forge one. Whatever is made of the text later holds marks, not secrets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ralex_stack.legacy.node import Node, Place
from ralex_stack.legacy.repair import place_of
from ralex_stack.settings.secret import looks_like_key

HIDDEN = "(hidden: looked like a secret)"
"""What people read in place of a secret."""

_MARK = re.compile("\ue000([0-9]+)\ue001*")
_WITH_REST = re.compile(
    rf"{_MARK.pattern}[\w+/-]*"
    r"(?:\\?\s+(?=[\w-]*(?:\d|[a-z][A-Z]|[A-Z]{2}[a-z]))[\w-]{8,}(?![\w:=.(/]))*"
)
"""A mark with what may be the rest of its secret, which may have been broken over lines."""
_PRIVATE = re.compile("[\ue000\ue001]")
_PRIVATE_ESCAPED = re.compile(r"(\\u|\\U0000)[eE]00[01]")
_NAMED_SO = (
    r"(?:api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|token|secret|password|passwd"
    r"|authorization)"
)
_NAME = re.compile(rf"{_NAMED_SO}$", re.IGNORECASE)
_NAMED = re.compile(
    rf"""([\w.-]*{_NAMED_SO})["']?[ \t]*[:=][ \t]*(?:Bearer[ ]+)?"""
    r"""(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"',;}\]]+))""",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(
    r"^[$<{%*&]|^os\.environ/|^\[|your|example|change.?me|placeholder|x{4,}|\.\.\.|_here$|^__\w+__$"
    r"|^(none|null|true|false|yes|no|env)$|^[\d.e+-]+$",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"your|example|placeholder|x{4,}|_here$|-here$|\.\.\.", re.IGNORECASE)
"""In what has the form of a key and is none: it is hidden all the same, and not kept."""
_WORD = re.compile(r"[\w+/.-]{11,}")
_WITHIN = re.compile(
    r"sk-(?:or|ant|proj)-[\w-]{8,}|[0-9a-fA-F]{32,}"
    r"|(?=[A-Z0-9]{0,99}[a-z])(?=[a-z0-9]{0,99}[A-Z])(?=[a-zA-Z]{0,99}\d)[A-Za-z0-9]{20,}"
)
_PASSWORD_IN_URL = re.compile(r"://[^/\s@:?#]*:([^/\s@?#$][^/\s@?#]*)@")
_ISSUERS = {
    "sk-or-": "openrouter_api_key",
    "sk-ant-": "anthropic_api_key",
    "sk-": "openai_api_key",
    "gsk_": "groq_api_key",
    "xai-": "xai_api_key",
    "AIza": "gemini_api_key",
    "hf_": "huggingface_token",
    "gh": "github_token",
}
"""How keys begin, and what they are called."""
_CERTAIN = re.compile(
    r"(?<![A-Za-z0-9])(?:sk-(?:or|ant|proj)-[\w-]{20,}|gsk_\w{32,}|xai-\w{32,}|AIza[\w-]{35}"
    r"|hf_[A-Za-z0-9]{30,}|gh[oprsu]_[A-Za-z0-9]{36,}|github_pat_\w{40,})"
)
_DISTINCT = 8
"""Characters from which on a value is hidden wherever it stands, not only where it is named."""


@dataclass
class Secret:
    """One secret, found once or many times."""

    number: int
    value: str = field(repr=False)
    name: str
    """Of the file that it is stored in."""
    certain: bool
    """Whether it has the form of a key or the name of a secret; else it is random text."""
    stored: bool
    places: list[Place] = field(default_factory=list)


class Masks:
    """The secrets of a checkout. Give it every text with `learn` before any is hidden."""

    def __init__(self) -> None:
        self.secrets: list[Secret] = []
        self._by_value: dict[str, Secret] = {}

    def learn(self, text: str, file: str, *, settings: bool = True, example: bool = False) -> None:
        """Note the secrets of a text; in `settings`, names tell of them, too."""
        text = _freed(text)
        for name, start, end in reversed(_named(text)) if settings else ():
            # What an example names is a placeholder, unless it has the form of a key.
            if not example or looks_like_key(text[start:end]):
                self._note(text[start:end], name, place_of(text, start, file), settings=True)
        for start, end in reversed(_spans(text)):
            self._note(text[start:end], "", place_of(text, start, file), settings=settings)

    def meet(self, value: str, place: Place) -> None:
        """Note a key that stands in a file of no known kind: it is told, and not stored."""
        self._note(value, "", place, settings=False, stored=False)

    def hide(self, text: str, *, settings: bool = True) -> str:
        """The text with a mark in place of each secret."""
        text = _freed(text)
        for name, start, end in _named(text) if settings else ():
            if name:
                text = text[:start] + self._mark(text[start:end]) + text[end:]
        known = [v for v in self._by_value if len(v) >= _DISTINCT]
        if known:
            known.sort(key=len, reverse=True)
            pattern = re.compile("|".join(map(re.escape, known)))
            text = pattern.sub(lambda found: self._mark(found[0]), text)
        for start, end in _spans(text):
            text = text[:start] + self._mark(text[start:end]) + text[end:]
        return text

    def hidden(self, node: Node) -> Node:
        """The node, with what escapes kept from being seen in the text hidden, too."""
        value = node.value
        if isinstance(value, dict):
            entries = {self._again(key): self.hidden(child) for key, child in value.items()}
            return Node(entries, node.place)
        if isinstance(value, list):
            return Node([self.hidden(child) for child in value], node.place)
        return Node(self._again(value), node.place) if isinstance(value, str) else node

    def of(self, text: str) -> Secret | None:
        """The secret that a whole text stands for."""
        found = _MARK.fullmatch(text.strip())
        number = int(found[1]) if found else len(self.secrets)
        return self.secrets[number] if number < len(self.secrets) else None

    def _again(self, text: str) -> str:
        return text if _MARK.search(text) else self.hide(text, settings=False)

    def _note(
        self, value: str, name: str, place: Place, *, settings: bool, stored: bool = True
    ) -> None:
        secret = self._by_value.get(value)
        issuer = next((n for start, n in _ISSUERS.items() if value.startswith(start)), "")
        real = not _PLACEHOLDER.search(value)
        certain = real and bool(name or issuer)
        if secret is None:
            kept = real and stored and bool(issuer or settings)
            secret = Secret(len(self.secrets), value, "", certain, kept)
            self.secrets.append(secret)
            self._by_value[value] = secret
        if not secret.name or (name and secret.name == "secret"):
            general = name.lower().strip("_-.") in ("", "api_key", "apikey", "api-key", "token")
            wanted = issuer if general and issuer else name
            secret.name = re.sub(r"[^a-z0-9]+", "_", wanted.lower())[:60].strip("_") or "secret"
        secret.certain = secret.certain or certain
        if place.line and place not in secret.places:
            secret.places.append(place)

    def _mark(self, value: str) -> str:
        if value not in self._by_value:
            self._note(value, "", Place(""), settings=False)
        number = str(self._by_value[value].number)
        return f"\ue000{number}".ljust(len(value), "\ue001")


def _freed(text: str) -> str:
    """The text without what could be taken for a mark, written out or in escapes."""
    return _PRIVATE_ESCAPED.sub(r"\1fffd", _PRIVATE.sub("\ufffd", text))


def is_secret_name(key: str) -> bool:
    """Whether what has this name is a secret, whatever its form."""
    return bool(_NAME.search(key))


def shown(text: str) -> str:
    """A text with marks, as people may read it."""
    return _WITH_REST.sub(HIDDEN, text)


def shown_line(text: str) -> str:
    """A text with marks on one line, without what would steer a terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in shown(text))


def shown_path(path: str) -> str:
    """A path as people may read it: on one line, and without what has the form of a key."""
    return shown_line(Masks().hide(path, settings=False))


def has_mark(text: str) -> bool:
    """Whether a secret was hidden in the text."""
    return bool(_MARK.search(text))


def _named(text: str) -> list[tuple[str, int, int]]:
    """Values that are named as secrets, and are no reference or placeholder; the last first."""
    found = []
    for match in _NAMED.finditer(text):
        group = match.lastindex or 0
        value = match[group]
        if not _NO_SECRET.search(value) and not _MARK.search(value):
            found.append((match[1], match.start(group), match.end(group)))
    return found[::-1]


def _spans(text: str) -> list[tuple[int, int]]:
    """Where something has the form of a key; the last first."""
    spans = [match.span(1) for match in _PASSWORD_IN_URL.finditer(text)]
    for word in _WORD.finditer(text):
        if looks_like_key(word[0]):
            spans.append(word.span())
        else:
            inner = (match.span() for match in _WITHIN.finditer(word[0]))
            spans += [(word.start() + start, word.start() + end) for start, end in inner]
    return _apart(spans)[::-1]


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted, and none within another."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
        elif end > kept[-1][1]:
            kept[-1] = (kept[-1][0], end)
    return kept


def certain_keys(text: str, file: str, *, passwords: bool = False) -> list[tuple[str, Place]]:
    """What has the form of a known issuer's key, in a file that is not read otherwise.

    With `passwords`, what stands for one in an address, too.
    """
    spans = [found.span() for found in _CERTAIN.finditer(text)]
    if passwords:
        spans += [found.span(1) for found in _PASSWORD_IN_URL.finditer(text)]
    return [(text[a:b], place_of(text, a, file)) for a, b in _apart(spans)]


def names_apart(secrets: list[Secret]) -> None:
    """Give secrets of one name names of their own: `_2`, `_3` behind it."""
    taken: dict[str, int] = {}
    for secret in secrets:
        taken[secret.name] = taken.get(secret.name, 0) + 1
        if taken[secret.name] > 1:
            secret.name = f"{secret.name}_{taken[secret.name]}"
