"""What can be reached and read from inside the sandbox, and what a container may do."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from containers import PROBES
from harness import new_session
from outside import host_addresses, listener_on_the_host
from testcontainers.core.container import DockerContainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Stack

OPEN = {
    "/v1/chat/completions": "POST",
    "/v1/messages": "POST",
    "/v1/responses": "POST",
    "/v1/embeddings": "POST",
    "/v1/models": "GET",
}
CLOSED = "path_closed"

TRICKS = [
    "/v1/models/../../key/list",
    "/v1/models/..%2f..%2fkey/list",
    "/v1/models/%2e%2e/%2e%2e/key/list",
    "/v1/models/.%2e/.%2e/key/list",
    "/v1/models%2f..%2f..%2fkey%2flist",
    "/v1/models/%2e%2e%5c%2e%2e%5ckey%5clist",
    "/v1/models;/../../key/list",
    "/v1/models;key=1",
    "/v1/models/",
    "/v1/models//",
    "/v1/models%00",
    "/v1/models%20",
    "/v1/models%3f",
    "/v1/models%23",
    "/v1/models.json",
    "/v1/models/anything",
    "/v1/models\\..\\..\\key\\list",
    "//key/list",
    "/./key/list",
    "/KEY/LIST",
    "/%6bey/list",
    "/v1/../key/list",
    "/V1/../KEY/LIST",
    "/v1//../key/list",
    "/v1/chat/completions/../../../openrouter/chat/completions",
    "/v1/chat/completions/..;/..;/..;/health",
    "/v1/chat/completions/%252e%252e/%252e%252e/health",
    "http://gateway:4000/key/list",
    "http://edge-inner:8080/key/list",
    "*",
]


def ask(stack: Stack, requests: list[tuple[str, str]]) -> list[tuple[int, str]]:
    """Answers of the sandbox's door to raw requests from inside."""
    answers = stack.probe("opencode", "request", "edge-inner", "8080", data=requests)
    return [(status, body) for status, body in answers]


@pytest.fixture(scope="module")
def gateway_paths(stack: Stack) -> dict[str, list[str]]:
    """Every path of the running LiteLLM, with its methods."""
    program = (PROBES / "routes.py").read_text()
    return dict(json.loads(stack.inside("gateway", "python", "-c", program)))


def test_the_sandbox_reaches_the_five_api_paths(stack: Stack) -> None:
    answers = dict(zip(OPEN, ask(stack, [(m, p) for p, m in OPEN.items()]), strict=True))

    assert {path: status for path, (status, _) in answers.items()} == {
        "/v1/chat/completions": 200,
        "/v1/messages": 400,
        "/v1/responses": 400,
        "/v1/embeddings": 400,
        "/v1/models": 200,
    }
    assert not [path for path, (_, body) in answers.items() if CLOSED in body]


def test_every_other_path_of_the_gateway_is_refused(
    stack: Stack, gateway_paths: dict[str, list[str]]
) -> None:
    assert len(gateway_paths) > 500
    assert OPEN.keys() <= gateway_paths.keys()
    requests = [
        (method, re.sub(r"\{[^}]*\}", "sample", path))
        for path, own in gateway_paths.items()
        for method in sorted({"GET", "POST", *(name.upper() for name in own)} - {"HEAD"})
        if OPEN.get(path) != method
    ]

    answers = ask(stack, requests)

    passed = [
        (request, status)
        for request, (status, body) in zip(requests, answers, strict=True)
        if status != 403 or CLOSED not in body
    ]
    assert passed == []


def test_no_spelling_of_a_path_leads_to_a_closed_one(stack: Stack) -> None:
    listing = ask(stack, [("GET", "/v1/models")])[0]
    requests = [(method, path) for path in TRICKS for method in ("GET", "POST")]

    answers = ask(stack, requests)

    passed = [
        (request, answer)
        for request, answer in zip(requests, answers, strict=True)
        if answer[0] not in (400, 403) and answer != listing
    ]
    assert passed == []


def test_a_key_sent_from_the_sandbox_counts_for_nothing(stack: Stack) -> None:
    master = stack.secrets["gateway_master_key"]
    script = (
        "import http.client,sys\n"
        "c=http.client.HTTPConnection('edge-inner',8080,timeout=30)\n"
        "k,s=sys.stdin.read().split()\n"
        "h={n:k for n in ('x-litellm-api-key','x-api-key','api-key','x-goog-api-key')}\n"
        "c.request('POST','/v1/chat/completions',"
        'b\'{"model":"tier:cheap","messages":[{"role":"user","content":"key"}]}\','
        "{**h,'Authorization':'Bearer '+k,'x-session-id':s,'Content-Type':'application/json'})\n"
        "print(c.getresponse().status)\n"
    )
    session = new_session()

    for key in (master, "sk-of-nobody"):
        printed = stack.inside("opencode", "python3", "-c", script, stdin=f"{key} {session}")
        assert printed.strip() == "200"

    assert [entry["key"] for entry in stack.accounts(session, 2)] == ["sandbox", "sandbox"]


@pytest.fixture(scope="module")
def outsider(stack: Stack) -> Iterator[DockerContainer]:
    """A container outside of the stack that serves on port 8000: a piece of forbidden world."""
    image = stack.container("opencode").attrs["Config"]["Image"]
    container = (
        DockerContainer(image)
        .with_kwargs(entrypoint=["python3", "-m", "http.server", "8000"], read_only=True)
        .with_command("")
    )
    with container:
        yield container


def test_the_sandbox_reaches_no_host_no_internet_no_other_container(
    stack: Stack, outsider: DockerContainer
) -> None:
    wrapped = outsider.get_wrapped_container()
    wrapped.reload()
    world = f"{wrapped.attrs['NetworkSettings']['Networks']['bridge']['IPAddress']}:8000"
    with listener_on_the_host() as port:
        hosts = [f"{address}:{port}" for address in host_addresses(stack.client)]
        hosts += [f"{name}:{port}" for name in ("host.docker.internal", "gateway.docker.internal")]
        internet = [f"{address}:{port}" for address in ("1.1.1.1", "8.8.8.8") for port in (53, 443)]
        published = [f"{a}:{p}" for a in host_addresses(stack.client) for p in stack.ports]
        targets = {"addresses": [world, *hosts, *internet, *published, "edge-inner:8080"]}

        reached = stack.probe("opencode", "connect", data=targets)["addresses"]

        assert reached == ["edge-inner:8080"]
        gateway = wrapped.attrs["NetworkSettings"]["Networks"]["bridge"]["Gateway"]
        control = outsider_reaches(outsider, [f"{gateway}:{port}", world])
        assert control == [f"{gateway}:{port}", world], "the servers were not there at all"


def outsider_reaches(outsider: DockerContainer, addresses: list[str]) -> list[str]:
    program = (PROBES / "connect.py").read_text()
    done = subprocess.run(
        [
            "docker",
            "exec",
            "-i",
            str(outsider.get_wrapped_container().id),
            "python3",
            "-c",
            program,
        ],
        input=json.dumps({"addresses": addresses}),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)["addresses"]
    return found


def addresses(stack: Stack) -> dict[tuple[str, str], str]:
    """(Service, network) → IPv4 address."""
    return {
        (service, name.removeprefix(f"{stack.project}_")): network["IPAddress"]
        for service, container in stack.containers().items()
        for name, network in container.attrs["NetworkSettings"]["Networks"].items()
    }


def test_the_sandbox_reaches_no_other_service(stack: Stack) -> None:
    found = addresses(stack)
    ports = {
        "gateway": [4000],
        "valkey": [6379],
        "simulator": [4010],
        "edge": [4000, 4096, 8079, 8080, 2019],
    }
    others = {key: ip for key, ip in found.items() if key[0] in ports}
    targets = {
        "names": ["gateway", "valkey", "cache", "simulator", "edge-outer", "edge-inner"],
        "addresses": [f"{ip}:{port}" for (s, _), ip in others.items() for port in ports[s]],
    }

    reached = stack.probe("opencode", "connect", data=targets)

    assert reached["names"] == ["edge-inner"]
    assert reached["addresses"] == [f"{found['edge', 'sandbox']}:8080"]
    control = [f"{found['valkey', 'state']}:6379", f"{found['simulator', 'upstream']}:4010"]
    seen = stack.probe("gateway", "connect", data={"addresses": control})["addresses"]
    assert seen == control, "the services were not there at all"


def test_the_sandbox_resolves_no_outside_name(stack: Stack) -> None:
    names = ["example.com", "openrouter.ai", "github.com", socket.gethostname(), "localhost"]

    reached = stack.probe("opencode", "connect", data={"names": names})["names"]

    assert reached == ["localhost"]
