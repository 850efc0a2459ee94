import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ralex_stack.gateway.entry import SecretError, check, environment, read_secrets

ROOT = Path(__file__).parents[2]
NEEDED = {"gateway_master_key": "sk-master", "gateway_salt_key": "sk-salt"}
LITELLM = {
    "__init__.py": "",
    "exceptions.py": "APIConnectionError = Exception",
    "integrations/__init__.py": "",
    "litellm_core_utils/__init__.py": "",
    "litellm_core_utils/logging_worker.py": "GLOBAL_LOGGING_WORKER = None",
    "integrations/custom_logger.py": "CustomLogger = object",
    "litellm_core_utils/streaming_handler.py": """
class CustomStreamWrapper:
    def finish_reason_handler(self): ...
    def chunk_creator(self, chunk): ...
""",
    "responses/__init__.py": "",
    "responses/streaming_iterator.py": "class BaseResponsesAPIStreamingIterator: ...",
    "proxy/__init__.py": "",
    "proxy/_types.py": "LitellmUserRoles = ProxyException = UserAPIKeyAuth = object",
    "proxy/proxy_server.py": """
class App:
    around = []
    def add_middleware(self, kind, **options):
        self.around.append(kind.__name__)
app, llm_router = App(), None
""",
    "proxy/proxy_cli.py": """
import json, os
from litellm.proxy.proxy_server import app
def run_server(arguments, standalone_mode):
    shown = {"arguments": arguments, "environment": dict(os.environ), "around": app.around}
    print(json.dumps(shown))
""",
}
"""The names of LiteLLM that the entry point uses; LiteLLM itself is in the image."""


def write_secrets(directory: Path, secrets: dict[str, str]) -> Path:
    directory.mkdir()
    for name, value in secrets.items():
        (directory / name).write_text(value)
    return directory


def start(directory: Path, packages: Path) -> "subprocess.CompletedProcess[str]":
    for name, text in LITELLM.items():
        path = packages / "litellm" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "ralex_stack.gateway"],
        env={
            "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}",
            "RALEX_SECRETS_DIRECTORY": str(directory),
            "RALEX_GATEWAY_CONFIG": str(packages / "litellm.yaml"),
            "HOME": "/nowhere",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_secrets_are_read_without_their_line_end(tmp_path: Path) -> None:
    directory = write_secrets(tmp_path / "s", {"a": "one\n", "b": " two\r\n", "c": "three"})
    (directory / "folder").mkdir()
    assert read_secrets(directory) == {"a": "one", "b": " two", "c": "three"}


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=str(tmp_path / "none")):
        read_secrets(tmp_path / "none")


def test_a_secret_that_is_no_text_is_refused(tmp_path: Path) -> None:
    directory = write_secrets(tmp_path / "s", {})
    (directory / "a").write_bytes(b"\xff\xfe")
    with pytest.raises(SecretError, match="UTF-8"):
        read_secrets(directory)


@pytest.mark.parametrize(
    ("secrets", "fault"),
    [
        ({}, "gateway_master_key is missing, gateway_salt_key is missing"),
        ({**NEEDED, "gateway_salt_key": ""}, "gateway_salt_key is empty"),
        ({**NEEDED, "provider_x_api_key": ""}, "provider_x_api_key is empty"),
    ],
)
def test_what_is_missing_or_empty_is_named(secrets: dict[str, str], fault: str) -> None:
    with pytest.raises(SecretError, match=f"in /run/secrets {fault}. Run `ralex-stack up`"):
        check(secrets, Path("/run/secrets"))


def test_enough_secrets_pass() -> None:
    check(NEEDED, Path("/run/secrets"))


def test_secrets_are_exported_under_their_own_name_and_the_one_litellm_reads() -> None:
    secrets = {**NEEDED, "valkey_password": "v", "provider_openrouter_api_key": "p"}
    assert environment(secrets, {"HOME": "/home/x"}) == {
        "HOME": "/home/x",
        "GATEWAY_MASTER_KEY": "sk-master",
        "GATEWAY_SALT_KEY": "sk-salt",
        "LITELLM_MASTER_KEY": "sk-master",
        "LITELLM_SALT_KEY": "sk-salt",
        "VALKEY_PASSWORD": "v",
        "REDIS_PASSWORD": "v",
        "PROVIDER_OPENROUTER_API_KEY": "p",
    }


def test_litellm_serves_with_the_secrets_and_the_middleware(tmp_path: Path) -> None:
    result = start(write_secrets(tmp_path / "s", NEEDED), tmp_path / "packages")
    assert result.returncode == 0, result.stderr
    shown = json.loads(result.stdout)
    config = str(tmp_path / "packages" / "litellm.yaml")
    assert shown["arguments"] == ["--config", config, "--host", "0.0.0.0", "--port", "4000"]  # noqa: S104
    assert shown["environment"]["LITELLM_MASTER_KEY"] == "sk-master"
    assert shown["environment"]["HOME"] == "/nowhere"
    assert shown["around"] == ["Failures", "Life"]


def test_without_secrets_nothing_is_started(tmp_path: Path) -> None:
    result = start(write_secrets(tmp_path / "s", {}), tmp_path / "packages")
    assert (result.returncode, result.stdout) == (1, "")
    assert "gateway_master_key is missing" in result.stderr
    assert "Traceback" not in result.stderr
