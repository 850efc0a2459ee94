"""Checks of the stack: settings, state, keys, images, ports, services, sandbox. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.doctor.finding import SETUP, UP, Finding
from ralex_stack.plan import COMPLETED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.doctor.facts import Answer, Facts, Key, Port, ServiceFacts

_PERMISSION = "permission-denied"
_DOUBT = "provider-key-doubtful"
_IMAGES = "images-missing"
_DISK_FULL = "No space left"
_UNHEALTHY = "service-unhealthy"
_ANSWER = "not-answering"


def settings(facts: Facts) -> Iterator[Finding]:
    """Whether they make a valid stack."""
    where = facts.settings_path or "no settings file: the defaults"
    if facts.settings_problem:
        yield Finding(
            "settings", "error", facts.settings_problem, facts.settings_hint, facts.settings_code
        )
    else:
        yield Finding("settings", "ok", where)
    for warning in facts.warnings:
        yield Finding("settings", "warning", warning, "correct it, or unset it", "settings-invalid")


def state(facts: Facts) -> Iterator[Finding]:
    """Whether the state directory is usable, and private."""
    about = facts.state
    if about is None:
        return
    name = "state"
    if about.problem:
        yield Finding(name, "error", about.problem, about.hint, about.code)
    elif not about.exists:
        yield Finding(name, "ok", f"{about.path}: none yet")
    elif not about.own:
        remedy = "run as the user who owns it, or set XDG_STATE_HOME to a directory of yours"
        yield Finding(name, "error", f"{about.path} belongs to another user", remedy, _PERMISSION)
    elif about.secrets_mode is not None and about.secrets_mode & 0o077:
        found = f"others can read {about.path}/project/secrets (mode {about.secrets_mode:04o})"
        remedy = f"chmod 700 {about.path}/project/secrets"
        yield Finding(name, "error", found, remedy, _PERMISSION)
    elif about.mode & 0o022:
        found = f"others can write to {about.path} (mode {about.mode:04o})"
        yield Finding(name, "error", found, f"chmod 700 {about.path}", _PERMISSION)
    else:
        yield Finding(name, "ok", about.path)


def provider(facts: Facts) -> Iterator[Finding]:
    """Who answers, and the keys for that."""
    if facts.provider == "simulator":
        found = "the bundled simulator: scripted answers, no model is asked"
        yield Finding("provider", "ok", found)
    elif facts.provider is not None:
        need = "" if facts.keys else "; none of them needs a key"
        yield Finding("provider", "ok", f"{facts.provider}: the ones of the settings{need}")
    if facts.recorded_provider and facts.provider not in (facts.recorded_provider, None):
        found = f"{facts.recorded_provider} is in use, {facts.provider} would be chosen now"
        yield Finding("provider", "warning", found, f"{UP}, which asks first", "provider-changed")
    for key in facts.keys:
        yield _key(key, needed=facts.provider != "simulator")


def _key(key: Key, *, needed: bool) -> Finding:
    name = f"key of {key.provider}"
    if key.source == "failed":
        return Finding(
            name, "error", key.problem, f"mend `providers.{key.provider}.api_key`", key.code
        )
    if key.source == "missing":
        found = f"{key.reference} gives none"
        if not needed:
            return Finding(name, "ok", f"{found}; the simulator needs none")
        remedy = 'set it, or `stack.provider = "simulator"` to work without providers'
        return Finding(name, "error", found, remedy, "provider-key-missing")
    if key.source == "stored":
        found = f"{key.reference} gives none now; the stored one is in use"
        remedy = "set it again, to be able to change it"
        return Finding(name, "warning", found, remedy, _DOUBT)
    if key.doubt:
        return Finding(name, "warning", f"{key.reference}: {key.doubt}", "check it", _DOUBT)
    return Finding(name, "ok", key.reference)


def images(facts: Facts) -> Iterator[Finding]:
    """Whether something has to be built."""
    missing = facts.images_missing
    if missing is None:
        return
    if not missing:
        yield Finding("images", "ok", "all are there")
        return
    yield Finding("images", "warning", f"to be built: {', '.join(missing)}", UP, _IMAGES)
    if facts.base_image_present is False:
        found = f"{facts.base_image} is not there, and is pulled or made when images are built"
        yield Finding("base image", "warning", found, SETUP, _IMAGES)
    elif facts.base_image_present:
        yield Finding("base image", "ok", facts.base_image)


def ports(facts: Facts) -> Iterator[Finding]:
    """Whether what is published can be."""
    for port in facts.ports:
        yield _port(port, facts.bind)
    if facts.bind != "127.0.0.1":
        found = f"{facts.bind}: the stack can be reached from the network, without TLS"
        remedy = 'set `network.bind = "127.0.0.1"`'
        yield Finding("network", "warning", found, remedy, "network-open")


def _port(port: Port, bind: str) -> Finding:
    name = f"port {port.number}"
    if port.held == "by another":
        remedy = f"choose another one, `network.{port.setting}`, or end what listens there"
        found = f"{bind}:{port.number} is taken: {port.why}"
        return Finding(name, "error", found, remedy, "port-taken")
    held = "held by this stack" if port.held == "by this stack" else "free"
    return Finding(name, "ok", held)


def services(facts: Facts) -> Iterator[Finding]:
    """State and health of the containers."""
    if not facts.up:
        if facts.docker.engine is not None and not facts.settings_problem:
            yield Finding("services", "ok", "the stack is not up")
        return
    for service in facts.services:
        yield _service(service)
    for name, (well, wanted) in facts.replicas.items():
        if well != wanted:
            found = f"{well} of {wanted} containers work"
            yield Finding(f"service {name}", "error", found, UP, _UNHEALTHY)
    for missing in facts.services_missing:
        yield Finding(f"service {missing}", "error", "it has no container", UP, _UNHEALTHY)


def _service(service: ServiceFacts) -> Finding:
    name = f"service {service.name}"
    condition = " ".join(part for part in (service.state, service.health) if part)
    told = f"`ralex-stack logs {service.name}` tells why"
    if _DISK_FULL in service.check:
        found = f"{condition}, but its volume is full: {service.check}"
        remedy = f"make room for Docker's volumes (`docker system df -v`), then {UP}"
        return Finding(name, "error", found, remedy, "disk-full")
    if service.state not in ("running", COMPLETED) or service.health not in ("healthy", ""):
        said = f": {service.check}" if service.check else ""
        return Finding(name, "error", f"{condition}{said}", f"{told}; {UP}", _UNHEALTHY)
    if service.check:
        found = f"{condition}, but the last check failed: {service.check}"
        return Finding(name, "warning", found, told, _UNHEALTHY)
    if service.restarts:
        found = f"{condition}, but was restarted {service.restarts} times"
        return Finding(name, "warning", found, told, _UNHEALTHY)
    return Finding(name, "ok", condition)


def answers(facts: Facts) -> Iterator[Finding]:
    """What is published answers, with credentials only."""
    for answer in facts.answers:
        yield _answer(answer)


def _answer(answer: Answer) -> Finding:
    if answer.status is None:
        found = f"{answer.url} does not answer: {answer.problem}"
        remedy = "`ralex-stack logs edge` tells more"
        return Finding(answer.what, "error", found, remedy, _ANSWER)
    if answer.status_without is not None and answer.status_without < 400:
        found = f"{answer.url} answers without credentials ({answer.status_without})"
        remedy = f"{UP}; report it if that does not help"
        return Finding(answer.what, "error", found, remedy, _ANSWER)
    if answer.status != 200:
        found = f"{answer.url} answers {answer.status} to the stack's own credentials"
        return Finding(answer.what, "error", found, f"{UP}, which gives them out again", _ANSWER)
    return Finding(answer.what, "ok", f"{answer.url} answers, and only with credentials")


def call(facts: Facts) -> Iterator[Finding]:
    """Whether a model answers."""
    if facts.call is not None and facts.call.problem:
        code = facts.call.code or "test-call-failed"
        yield Finding("test call", "error", facts.call.problem, facts.call.hint, code)
    elif facts.call is not None:
        yield Finding("test call", "ok", f"{facts.call.model} answers through the whole chain")


def sandbox(facts: Facts) -> Iterator[Finding]:
    """What the sandbox promises, tried from inside."""
    if facts.egress == "open":
        found = (
            "it is open: OpenCode and what it runs reach the internet and this machine's network"
        )
        remedy = 'set `sandbox.egress.mode = "allowlist"`'
        yield Finding("sandbox", "warning", found, remedy, "egress-open")
    for probe in facts.probes:
        if probe.kept:
            yield Finding("sandbox", "ok", probe.promise)
        else:
            found = f"not so: {probe.promise} ({probe.found})"
            remedy = "end the stack with `ralex-stack down`, and report it"
            yield Finding("sandbox", "error", found, remedy, "sandbox-open")
