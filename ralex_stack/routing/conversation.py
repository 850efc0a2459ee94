"""What a conversation begins with: the first words of its user, in any of the APIs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_REMINDER, _ENDS = "<system-reminder>", "</system-reminder>"
"""Around what coding agents add to a user's message in their own name."""

_TEXT_PARTS = ("text", "input_text")
"""Types of the parts of a message that hold text, in the APIs of chat, messages and responses."""


def first_prompt(request: Mapping[str, Any]) -> str:
    """The first message of the user that has words, without reminders; empty if there is none.

    `request` is the body of a call of `/v1/chat/completions`, `/v1/messages` or `/v1/responses`.
    """
    return next((text for message in _user_messages(request) if (text := _words(message))), "")


def _user_messages(request: Mapping[str, Any]) -> Iterator[object]:
    given = request.get("messages")
    if given is None:
        given = request.get("input")
    if isinstance(given, str):
        yield given
    for message in given if isinstance(given, list) else ():
        if isinstance(message, dict) and message.get("role") == "user":
            yield message.get("content")


def _words(content: object) -> str:
    if isinstance(content, list):
        content = "\n".join(
            str(part.get("text", ""))
            for part in content
            if isinstance(part, dict) and part.get("type") in _TEXT_PARTS
        )
    text = _without_reminders(content).strip() if isinstance(content, str) else ""
    return _unquoted(text)


def _without_reminders(text: str) -> str:
    """By hand: a regular expression would look for the end again from each beginning."""
    kept, at = [], 0
    while (begins := text.find(_REMINDER, at)) >= 0 and (ends := text.find(_ENDS, begins)) >= 0:
        kept.append(text[at:begins])
        at = ends + len(_ENDS)
    return "".join([*kept, text[at:]])


def _unquoted(text: str) -> str:
    """Without the quotes of JSON that OpenCode puts around a prompt of its command line."""
    if text.startswith('"') and text.endswith('"'):
        try:
            return str(json.loads(text)).strip()
        except ValueError:
            pass
    return text
