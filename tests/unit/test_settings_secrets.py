"""Credentials written out are refused wherever they stand, and never shown."""

from __future__ import annotations

import pytest

from ralex_stack.settings.load import load
from ralex_stack.settings.problem import InvalidSettingsError
from ralex_stack.settings.secret import looks_like_key

KEY = "sk-or-v1-" + "0123456789abcdef" * 4
TOKEN = "ghp_" + "a1B2c3D4e5F6" * 3


@pytest.mark.parametrize(
    "flag",
    [
        f"providers.openrouter.api_key={KEY}",
        f"providers.openrouter.api_key={{ env = '{KEY}' }}",
        f"providers.openrouter.api_key={{ kee = '{KEY}' }}",
        "providers.openrouter.api_base=https://user:hunter2@example.com",
        f"models.glm.parameters.extra_headers={{ Authorization = 'Bearer {KEY}' }}",
        "models.glm.parameters.api_key=hunter2",
        "models.glm.parameters.aws_secret_access_key=hunter2",
        f"opencode.mcp.m={{ command = ['x'], environment = {{ A = '{TOKEN}' }} }}",
        "opencode.mcp.m={ command = ['x'], environment = { GITHUB_TOKEN = 'hunter2' } }",
        f"opencode.mcp.m.url=https://example.com/?key={KEY}",
        f"sandbox.setup=export TOKEN={TOKEN}; npm ci",
        f"opencode.agents.{KEY}={{ description = 'd', prompt = 'p' }}",
        f"opencode.model={KEY}",
        f"opencode.extra.plugin=['{TOKEN}']",
        f"stack.provider={KEY}",
        f"network.gateway_port={KEY}",
    ],
)
def test_a_literal_secret_is_refused_and_not_told(flag: str) -> None:
    with pytest.raises(InvalidSettingsError, match=r"secret|reference") as caught:
        load(None, {}, [flag])
    told = str(caught.value) + repr(caught.value.problems)
    assert not [secret for secret in (KEY, TOKEN, "hunter2") if secret in str(caught.value)]
    assert "hunter2" not in told


def test_a_secret_in_a_variable_is_refused_and_not_told() -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        load(None, {"RALEX_PROVIDERS__OPENROUTER__API_KEY": KEY}, ())
    assert "RALEX_PROVIDERS__OPENROUTER__API_KEY" in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "flag",
    [
        "providers.openrouter.api_key={ env = 'OPENROUTER_API_KEY' }",
        "providers.openrouter.api_key={ file = '/run/secrets/key' }",
        "providers.openrouter.api_key={ command = 'pass show openrouter' }",
        "models.glm.parameters.api_version=2025-01",
        "models.glm.parameters.max_tokens=100",
        "models.glm.parameters.reasoning_effort=high",
        "opencode.mcp.m={ command = ['x'], environment = { API_TOKEN = '{env:API_TOKEN}' } }",
        "images.base=debian:trixie-slim@sha256:" + "0123456789abcdef" * 4,
        "models.glm.upstream=openrouter/Qwen/Qwen3-235B-A22B-Instruct-2507-FP8-Quantized",
        "workspace.path=/home/Ada/Projects/repository-2024/Some-Long-Directory-Name1",
        "sandbox.setup=pip install git+ssh://git@github.com/a/b https://u:$TOKEN@c.d/e?f=g@h",
        "opencode.instructions=Use sk-learn and the password manager, and https://a.b/c@d.",
    ],
)
def test_what_is_no_secret_is_let_through(flag: str) -> None:
    load(None, {}, [flag])


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        TOKEN,
        "sk-ant-api03-" + "aB3_" * 10,
        "AIzaSy" + "A1b2C3d4" * 4,
        "AKIA" + "ABCDEFGH12345678",
        "0123456789abcdef0123456789abcdef",
        "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY1x",
    ],
)
def test_keys_of_known_shapes_are_recognised(text: str) -> None:
    assert looks_like_key(text)
    assert looks_like_key(f" {text}\n")
