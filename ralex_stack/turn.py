"""One headless turn of OpenCode, read from its events.

`opencode run` ends with 0 even when a permission was refused, so the events decide. Event types
and texts: OpenCode 1.18, `opencode run --format json`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.repeats import WORD_JOINER

if TYPE_CHECKING:
    from collections.abc import Callable

_REFUSED = re.compile(r"rejected permission|rule which prevents", re.IGNORECASE)
FAILED_CODE = "turn-failed"
REFUSED_CODE = "permission-refused"
_SHOWN_INPUT = ("filePath", "command", "pattern", "url", "description")


@dataclass
class Turn:
    """What has been heard of a turn so far; `answer` and `note` print for people."""

    answer: Callable[[str], None]
    note: Callable[[str], None]
    session: str = ""
    cost: float = 0.0
    """USD, by the prices in the settings."""
    tokens: int = 0
    text: list[str] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def hear(self, line: str) -> None:
        """Take in one line of output."""
        event = _event(line)
        kind, part = event.get("type"), _table(event, "part")
        if kind is None:
            self.note(line)
            return
        self.session = event.get("sessionID") or self.session
        if kind == "text":
            text = str(part.get("text") or "")
            self.text.append(text)
            self.answer(text)
        elif kind == "tool_use":
            self._tool(part)
        elif kind == "step_finish":
            self.cost += _number(part.get("cost"))
            self.tokens += int(_number(_table(part, "tokens").get("total")))
        elif kind == "error":
            self._error(event)

    def _tool(self, part: dict[str, Any]) -> None:
        state = _table(part, "state")
        inputs = _table(state, "input")
        about = next((str(inputs[key]) for key in _SHOWN_INPUT if inputs.get(key)), "")
        failure = str(state.get("error") or "")
        self.tools.append({"tool": part.get("tool"), "about": about, "error": failure or None})
        first_line = about.partition("\n")[0]
        self.note(f"{'✗' if failure else '•'} {part.get('tool')} {first_line}")
        if _REFUSED.search(failure):
            self.refused.append(f"{part.get('tool')}: {about}".strip())

    def _error(self, event: dict[str, Any]) -> None:
        error = _table(event, "error")
        message = _table(error, "data").get("message") or error.get("name") or event.get("error")
        # The gateway breaks up words, invisibly, that OpenCode would repeat a call for.
        self.errors.append(str(message or "unknown error").replace(WORD_JOINER, ""))

    def problem(self, code: int, stderr: str) -> str | None:
        """Why the turn counts as failed, or None; `code` is OpenCode's exit code."""
        if self.errors:
            return f"the turn failed: {'; '.join(self.errors)}"
        if self.refused:
            return f"a permission was refused: {', '.join(self.refused)}"
        if code != 0:
            return f"OpenCode ended with code {code}: {stderr.strip()[-800:]}"
        if not self.text and not self.tools:
            return "the turn ended without an answer"
        return None

    @property
    def code(self) -> str:
        """Code of the entry in the catalogue for a turn with a problem."""
        return REFUSED_CODE if self.refused and not self.errors else FAILED_CODE

    def to_json(self, problem: str | None) -> dict[str, Any]:
        """The turn as data for `--json`."""
        return {
            "ok": problem is None,
            "problem": problem,
            "code": self.code if problem else None,
            "session": self.session,
            "text": "\n".join(self.text),
            "tools": self.tools,
            "refused": self.refused,
            "cost": round(self.cost, 6),
            "tokens": self.tokens,
        }


def _event(line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    """A table of an event, empty where another version of OpenCode has something else there."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0.0
