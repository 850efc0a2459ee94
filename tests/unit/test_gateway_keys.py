from pathlib import Path

import pytest

from ralex_stack.gateway.keys import (
    Key,
    Policy,
    PolicyError,
    find,
    load_keys,
    load_policies,
    parse_policies,
    presented,
)

ENVIRONMENT = {
    "LITELLM_MASTER_KEY": "sk-m",
    "GATEWAY_KEY_CLIENT": "sk-c",
    "GATEWAY_KEY_SANDBOX": "sk-s",
    "GATEWAY_MASTER_KEY": "sk-m",
    "PATH": "/bin",
}
LIMITED = Policy(("cheap",), rpm=60, tpm=1000)


def test_keys_come_from_the_environment_under_their_alias() -> None:
    keys = load_keys(ENVIRONMENT, {"sandbox": LIMITED})
    assert {key.alias: key for key in keys} == {
        "client": Key("client", "sk-c"),
        "sandbox": Key("sandbox", "sk-s", LIMITED),
        "master": Key("master", "sk-m"),
    }


@pytest.mark.parametrize("alias", ["master", "client", "sandbox"])
def test_only_the_master_key_administers(alias: str) -> None:
    key = next(key for key in load_keys(ENVIRONMENT, {}) if key.alias == alias)
    assert key.is_master is (alias == "master")


def test_no_policy_limits_the_master_key() -> None:
    keys = load_keys(ENVIRONMENT, {"master": LIMITED})
    assert next(key for key in keys if key.is_master).policy == Policy()


def test_a_variable_cannot_replace_the_master_key() -> None:
    keys = load_keys({**ENVIRONMENT, "GATEWAY_KEY_MASTER": "sk-x"}, {})
    assert find("sk-x", keys) is None
    assert find("sk-m", keys) == Key("master", "sk-m")


def test_an_empty_key_is_none() -> None:
    keys = load_keys({"LITELLM_MASTER_KEY": "", "GATEWAY_KEY_CLIENT": ""}, {})
    assert keys == ()
    assert find("", keys) is None


@pytest.mark.parametrize(
    ("presented", "alias"),
    [("sk-c", "client"), ("sk-s", "sandbox"), ("sk-m", "master")],
)
def test_a_known_key_is_found(presented: str, alias: str) -> None:
    found = find(presented, load_keys(ENVIRONMENT, {}))
    assert found is not None
    assert found.alias == alias


@pytest.mark.parametrize("presented", ["", "sk-", "sk-c ", "sk-cc", "SK-C", "sk-ć"])
def test_any_other_key_is_not(presented: str) -> None:
    assert find(presented, load_keys(ENVIRONMENT, {})) is None


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ([], ""),
        ([("authorization", "Bearer sk-1")], "sk-1"),
        ([("authorization", "bearer sk-1")], "sk-1"),
        ([("Authorization", "Basic sk-1")], "sk-1"),
        ([("authorization", "Bearer sk-Bearer 1")], "sk-1"),
        ([("authorization", "sk-1")], ""),
        ([("authorization", "sk-1"), ("x-api-key", "sk-2")], ""),
        ([("authorization", ""), ("x-api-key", "sk-2")], "sk-2"),
        ([("authorization", "AWS4-HMAC-SHA256 Credential=Bearer sk-1/2/us, X=y")], "sk-1"),
        ([("authorization", "AWS4-HMAC-SHA256 Credential=sk-1/2/us, X=y")], "sk-1"),
        ([("authorization", "Bearer sk-1"), ("authorization", "Bearer sk-2")], "sk-1"),
        ([("authorization", "Bearer sk-1"), ("x-litellm-api-key", "sk-2")], "sk-2"),
        ([("X-LiteLLM-API-Key", "Bearer sk-2")], "sk-2"),
        ([("x-api-key", "sk-2"), ("api-key", "sk-1")], "sk-1"),
        ([("x-api-key", "Bearer sk-1")], "Bearer sk-1"),
        ([("x-goog-api-key", "sk-2"), ("x-api-key", "sk-1")], "sk-1"),
        ([("ocp-apim-subscription-key", "sk-2"), ("x-goog-api-key", "sk-1")], "sk-1"),
        ([("ocp-apim-subscription-key", "sk-1")], "sk-1"),
    ],
)
def test_a_key_is_found_wherever_litellm_takes_one(
    headers: list[tuple[str, str]], key: str
) -> None:
    assert presented([(name.encode(), value.encode()) for name, value in headers]) == key


def test_a_key_does_not_show_itself() -> None:
    assert "sk-c" not in repr(Key("client", "sk-c"))


def test_policies_are_read_with_defaults() -> None:
    text = '{"sandbox": {"models": ["cheap"], "rpm": 60, "tpm": 1000}, "client": {}}'
    assert parse_policies(text) == {"sandbox": LIMITED, "client": Policy(("*",))}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"client": 1}',
        '{"client": {"model": ["a"]}}',
        '{"client": {"models": "a"}}',
        '{"client": {"models": [1]}}',
        '{"client": {"rpm": "60"}}',
        '{"client": {"rpm": 0}}',
        '{"client": {"tpm": true}}',
    ],
)
def test_policies_that_are_not_understood_are_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="render it again"):
        parse_policies(text)


def test_policies_lie_beside_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "litellm.yaml"
    assert load_policies(config) == {}
    (tmp_path / "keys.json").write_text('{"client": {"rpm": 5}}')
    assert load_policies(config) == {"client": Policy(rpm=5)}
