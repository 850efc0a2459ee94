"""Facts about the stack: state, keys, ports, images, services, and what it answers."""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
from typing import TYPE_CHECKING

import httpx

from ralex_stack import smoke
from ralex_stack.doctor.facts import Answer, Call, Key, Port, ServiceFacts, StateFacts
from ralex_stack.engines import images
from ralex_stack.errors import RalexError, SecretError
from ralex_stack.secrets.resolve import resolve
from ralex_stack.secrets.store import PASSWORD
from ralex_stack.topology import Choices, build, provider_references

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ralex_stack.controller import Controller
    from ralex_stack.engines.docker import ContainerState
    from ralex_stack.topology import ProviderChoice

_PLACEHOLDER = re.compile(r"^(<.*>|x+|\.+)$|change.?me|your.?(api.?)?key|example|placeholder", re.I)
_SHORTEST = 16
_ANSWER_WITHIN = 10.0


def state(controller: Controller) -> StateFacts:
    """The state directory, and whether it is this stack's."""
    path = controller.state.path
    try:
        controller.state.claim(controller.identity)
        controller.state.applied()
        if not path.exists():
            return StateFacts(str(path))
        found, secrets = path.stat(), controller.state.store.directory
        return StateFacts(
            str(path),
            exists=True,
            own=found.st_uid == os.getuid(),
            mode=stat.S_IMODE(found.st_mode),
            secrets_mode=stat.S_IMODE(secrets.stat().st_mode) if secrets.exists() else None,
        )
    except RalexError as error:
        return _unusable(str(path), str(error), error.hint, error.code)
    except OSError as error:
        hint = "check who owns it, or set XDG_STATE_HOME to a directory of yours"
        return _unusable(str(path), f"{path}: {error.strerror}", hint, "state-unreadable")


def _unusable(path: str, problem: str, hint: str, code: str) -> StateFacts:
    return StateFacts(path, exists=True, problem=problem, hint=hint, code=code)


def keys(controller: Controller) -> tuple[Key, ...]:
    """The providers' keys: whether there are any, never what they are."""
    if controller.settings.stack.provider == "simulator":
        return ()
    references = provider_references(controller.settings)
    return tuple(_key(controller, secret, provider) for secret, provider in references.items())


def _key(controller: Controller, secret: str, provider: str) -> Key:
    reference = controller.settings.providers[provider].api_key
    if reference is None:
        raise AssertionError("only providers with a key have a secret")
    try:
        value = resolve(
            reference,
            environment=controller.environment,
            base=controller.base,
            runner=controller.runner,
        )
    except SecretError as error:
        return Key(provider, str(reference), "failed", problem=str(error), code=error.code)
    if value is not None:
        prefix = controller.settings.prefix_of(provider)
        return Key(provider, str(reference), "found", doubt=doubt(prefix, value))
    stored = controller.state.store.get(secret) is not None
    return Key(provider, str(reference), "stored" if stored else "missing")


def doubt(prefix: str, value: str) -> str:
    """What makes a value look unlike a provider's key, empty where nothing does."""
    if _PLACEHOLDER.search(value):
        return "it looks like a placeholder"
    if len(value) < _SHORTEST:
        return f"it is shorter than keys are (less than {_SHORTEST} characters)"
    if prefix == "openrouter" and not value.startswith("sk-or-"):
        return "it does not begin with sk-or-, as OpenRouter's keys do"
    return ""


def ports(controller: Controller, containers: Iterable[ContainerState]) -> tuple[Port, ...]:
    """The ports that the stack publishes, or would."""
    network = controller.settings.network
    wanted = [(network.bind, network.gateway_port, "gateway_port")]
    if "opencode" in controller.settings.stack.profiles:
        wanted.append((network.bind, network.opencode_port, "opencode_port"))
    if controller.settings.gateway.has_database:
        wanted.append(("127.0.0.1", network.admin_port, "admin_port"))
    if controller.settings.metrics.enabled:
        wanted.append(("127.0.0.1", network.prometheus_port, "prometheus_port"))
    own = {address.rpartition(":")[2] for c in containers for address in c.ports}
    return tuple(_port(bind, number, name, own) for bind, number, name in wanted)


def _port(bind: str, number: int, name: str, own: set[str]) -> Port:
    if str(number) in own:
        return Port(number, name, "by this stack")
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((bind, number))
        except OSError as error:
            # The engine may bind what this user may not.
            if error.errno != errno.EACCES:
                return Port(number, name, "by another", error.strerror or "")
    return Port(number, name, "no")


def services(containers: Iterable[ContainerState]) -> tuple[ServiceFacts, ...]:
    """The containers of services."""
    return tuple(
        ServiceFacts(c.service, c.state, c.health, c.restarts, c.check)
        for c in containers
        if not c.one_off
    )


def needed_images(controller: Controller, provider: ProviderChoice | None) -> set[str]:
    """References of the images that the settings need. Raises SettingsError."""
    stack = build(controller.settings, Choices(provider=provider or "simulator"))
    references = images.references(controller.settings, controller.base)
    return {references[service.image] for service in stack.services}


def answers(controller: Controller, urls: Mapping[str, str]) -> tuple[Answer, ...]:
    """What the published ports answer, with the stack's credentials and without."""
    store = controller.state.store
    bearer = {"Authorization": f"Bearer {store.get('gateway_key_client')}"}
    found = [answer("gateway", f"{urls['gateway']}/v1/models", httpx.Headers(bearer))]
    if "opencode" in urls:
        basic = httpx.BasicAuth("opencode", store.get(PASSWORD) or "")
        found.append(answer("opencode", f"{urls['opencode']}/global/health", auth=basic))
    return tuple(found)


def call(controller: Controller) -> Call:
    """A test call, as `up` makes it: it costs a few tokens."""
    try:
        return Call(smoke.check(controller.engine, controller.settings))
    except RalexError as error:
        return Call(controller.settings.opencode.small_model, str(error), error.hint, error.code)


def answer(
    what: str,
    url: str,
    headers: httpx.Headers | None = None,
    *,
    auth: httpx.BasicAuth | None = None,
) -> Answer:
    """What one address answers."""
    # Not by a proxy that the environment names: the address is this machine's.
    with httpx.Client(timeout=_ANSWER_WITHIN, trust_env=False) as client:
        try:
            status = client.get(url, headers=headers, auth=auth).status_code
            return Answer(what, url, status, client.get(url).status_code)
        except httpx.HTTPError as error:
            return Answer(what, url, None, None, str(error) or type(error).__name__)
