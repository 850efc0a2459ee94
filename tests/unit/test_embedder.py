"""What the embedder's server takes and answers; the model itself is in its container."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "stack" / "embedder" / "server.py"


@pytest.fixture(scope="module")
def server() -> Any:
    spec = importlib.util.spec_from_file_location("embedder_server", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("body", "texts"),
    [(b'{"input": "a"}', ["a"]), (b'{"input": ["a", ""], "model": "x"}', ["a", ""])],
)
def test_one_text_or_several_are_taken(server: Any, body: bytes, texts: list[str]) -> None:
    assert server.texts_of(body) == texts


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "no JSON object"),
        (b"[]", "no JSON object"),
        (b"{}", "neither a text nor a list"),
        (b'{"input": [[1, 2]]}', "neither a text nor a list"),
        (b'{"input": []}', "0 texts"),
    ],
)
def test_anything_else_is_refused_with_a_reason(server: Any, body: bytes, words: str) -> None:
    with pytest.raises(server.RequestError, match=words):
        server.texts_of(body)


def test_the_answer_has_openais_form(server: Any) -> None:
    answer = server.answer_of([[1.0], [2.0]])
    assert [(one["index"], one["embedding"]) for one in answer["data"]] == [(0, [1.0]), (1, [2.0])]
    assert answer["object"] == "list"
    assert answer["model"] == "all-MiniLM-L6-v2"
