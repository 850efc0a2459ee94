"""By which id a provider knows an answer, from what LiteLLM is given of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import fake_litellm
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """All that was told."""
    told: list[str] = []

    for kind in (fake_litellm.Stream, fake_litellm.ResponsesStream):
        # Undone after the test, as the hooks change LiteLLM for good.
        for name in ("__init__", "chunk_creator"):
            if hasattr(kind, name):
                monkeypatch.setattr(kind, name, getattr(kind, name))
    with fake_litellm.hooks(monkeypatch, tmp_path) as hooks:
        hooks["generations"].tell(told.append)
        yield told


def test_the_first_piece_has_it(heard: list[str]) -> None:
    stream = fake_litellm.Stream()
    pieces = [SimpleNamespace(id=name) for name in ("gen-1", "gen-other")]
    assert [stream.chunk_creator(piece) for piece in pieces] == pieces
    assert heard == ["gen-1"]


@pytest.mark.parametrize("headers", [None, {}, {"content-type": "text/event-stream"}])
def test_a_piece_or_an_answer_without_one_tells_nothing(
    heard: list[str], headers: dict[str, str] | None
) -> None:
    stream = fake_litellm.Stream(_response_headers=headers)
    stream.chunk_creator(SimpleNamespace(id=None))
    stream.chunk_creator({"text": "x"})
    assert heard == []


def test_the_header_has_it_before_the_first_piece(heard: list[str]) -> None:
    headers = {"Content-Type": "text/event-stream", "X-Generation-Id": "gen-1"}
    fake_litellm.Stream(_response_headers=headers)
    fake_litellm.ResponsesStream(fake_litellm.Response({**headers, "X-Generation-Id": "gen-2"}))
    assert heard == ["gen-1", "gen-2"]
