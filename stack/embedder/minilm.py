"""all-MiniLM-L6-v2 in numpy: what sentence-transformers computes, without torch.

Source: the model's own files (config.json, modules.json): a BERT of 6 layers, the mean over the
tokens of its last layer, brought to length 1. BERT's equations: Devlin et al., 2019.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LAYERS, HEADS = 6, 12
LONGEST = 256
"""Tokens of a text that are looked at; the model was trained with no more."""

_EPSILON = 1e-12

Array = Any


class MiniLm:
    """Turns texts into vectors of 384 numbers and length 1: their dot product is the cosine."""

    def __init__(self, directory: Path) -> None:
        self._weights: dict[str, Array] = load_file(str(directory / "model.safetensors"))
        self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.no_padding()

    def embed(self, texts: Iterable[str]) -> list[list[float]]:
        """One vector a text."""
        return [self._embed(text).tolist() for text in texts]

    def _embed(self, text: str) -> Array:
        states = self._embedded(np.array(self._tokenizer.encode(text).ids))
        for number in range(LAYERS):
            states = self._layer(states, f"encoder.layer.{number}")
        mean = states.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def _embedded(self, tokens: Array) -> Array:
        table = "embeddings.{}_embeddings.weight"
        words = self._weights[table.format("word")][tokens]
        places = self._weights[table.format("position")][: len(tokens)]
        kinds = self._weights[table.format("token_type")][0]
        return self._normalized(words + places + kinds, "embeddings.LayerNorm")

    def _layer(self, states: Array, name: str) -> Array:
        attended = self._linear(self._attention(states, name), f"{name}.attention.output.dense")
        states = self._normalized(states + attended, f"{name}.attention.output.LayerNorm")
        inner = _gelu(self._linear(states, f"{name}.intermediate.dense"))
        outer = self._linear(inner, f"{name}.output.dense")
        return self._normalized(states + outer, f"{name}.output.LayerNorm")

    def _attention(self, states: Array, name: str) -> Array:
        length, width = states.shape

        def heads(part: str) -> Array:
            values = self._linear(states, f"{name}.attention.self.{part}")
            return values.reshape(length, HEADS, width // HEADS).transpose(1, 0, 2)

        scores = heads("query") @ heads("key").transpose(0, 2, 1) / np.sqrt(width // HEADS)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        return (weights @ heads("value")).transpose(1, 0, 2).reshape(length, width)

    def _linear(self, states: Array, name: str) -> Array:
        return states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normalized(self, states: Array, name: str) -> Array:
        centred = states - states.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
        return centred / deviation * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _gelu(values: Array) -> Array:
    return 0.5 * values * (1 + _error_function(values / np.sqrt(2.0)))


def _error_function(values: Array) -> Array:
    """To within 1.5e-7: Abramowitz and Stegun, 7.1.26."""
    size = np.abs(values)
    part = 1 / (1 + 0.3275911 * size)
    factors = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
    sum_ = np.zeros_like(part)
    for factor in factors:
        sum_ = (sum_ + factor) * part
    return np.sign(values) * (1 - sum_ * np.exp(-size * size))
