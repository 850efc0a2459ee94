"""The test call of `up`: how it is made, and what is told where it comes to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import samples
from fake_engine import FakeEngine, container

from ralex_stack import smoke
from ralex_stack.engines.compose import ComposeEngine
from ralex_stack.engines.docker import DockerFacts
from ralex_stack.errors import UnhealthyError

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import RecordingRunner


def compose(directory: Path, runner: RecordingRunner) -> ComposeEngine:
    return ComposeEngine(runner, directory, DockerFacts(runner, "ralex"))


def test_a_call_through_the_whole_chain(tmp_path: Path) -> None:
    settings = samples.settings()
    with FakeEngine(tmp_path / "engine.sock") as docker:
        docker.containers = [container("opencode"), container("opencode", one_off=True)]
        docker.containers[0]["Name"] = "/0123_ralex-opencode-1"
        runner = docker.runner().on("exec", "curl", stdout='{"choices": [{}]}')
        assert smoke.check(compose(tmp_path, runner), settings) == settings.opencode.small_model
    (call,) = runner.asked("exec")
    assert call.has(["docker", "exec", "--interactive", "0123_ralex-opencode-1", "curl"])
    assert "http://edge-inner:8080/v1/chat/completions" in call.arguments
    assert '"max_tokens": 1' in (call.stdin or "")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"code": 28, "stderr": "curl: (28) timed out"}, "no answer came in time"),
        ({"code": 7, "stderr": "curl: (7) Failed to connect"}, "Failed to connect"),
        ({"stdout": '{"error": {"message": "no such model"}}'}, "no such model"),
        ({"stdout": "<html>502</html>"}, "502"),
        ({"stdout": "[]"}, "[]"),
        ({"stdout": '{"choices": []}'}, "choices"),
        ({"stdout": ""}, "no answer came in time"),
    ],
)
def test_a_call_that_comes_to_nothing_is_told(
    tmp_path: Path, answer: dict[str, Any], said: str
) -> None:
    with FakeEngine(tmp_path / "engine.sock") as docker:
        runner = docker.runner().on("exec", **answer)
        with pytest.raises(UnhealthyError, match="got no completion") as error:
            smoke.check(compose(tmp_path, runner), samples.settings())
    assert said in str(error.value)
    assert error.value.hint
