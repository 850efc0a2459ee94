"""All facts, as far as they can be had: what is missing here is a finding, never an error."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.addresses import urls
from ralex_stack.controller import Controller
from ralex_stack.doctor import machine_facts, sandbox_facts, stack_facts
from ralex_stack.doctor.facts import Facts
from ralex_stack.engines import images
from ralex_stack.errors import RalexError
from ralex_stack.host import state_home
from ralex_stack.plan.egress_effects import mode_of
from ralex_stack.readiness import missing_services, replicas

if TYPE_CHECKING:
    from collections.abc import Callable

    from ralex_stack.runner import Runner
    from ralex_stack.settings.load import Loaded
    from ralex_stack.topology import ProviderChoice


def gather(load: Callable[[], Loaded], runner: Runner) -> Facts:
    """What the checks look at. Changes nothing."""
    facts = _machine(runner)
    try:
        loaded = load()
    except RalexError as error:
        return _without_settings(facts, error)
    path = str(loaded.path) if loaded.path else None
    facts = replace(facts, settings_path=path, warnings=loaded.warnings)
    controller = Controller(loaded, runner)
    facts = _on_disk(controller, facts)
    if facts.docker.engine is None or (facts.state and facts.state.problem):
        return facts
    return _in_engine(controller, facts)


def _without_settings(facts: Facts, error: RalexError) -> Facts:
    return replace(
        facts, settings_problem=str(error), settings_hint=error.hint, settings_code=error.code
    )


def _machine(runner: Runner) -> Facts:
    docker, data_root = machine_facts.docker(runner)
    return Facts(
        settings_path=None,
        docker=docker,
        disks=machine_facts.disks(data_root, state_home(os.environ)),
        memory_available=machine_facts.memory_available(),
        clock_behind=machine_facts.clock_behind(Path(__file__).parent.parent, time.time()),
    )


def _on_disk(controller: Controller, facts: Facts) -> Facts:
    settings = controller.settings
    state = stack_facts.state(controller)
    record = None if state.problem else controller.state.record()
    # Settings of another stack may run commands to get at their keys.
    keys = () if state.problem else stack_facts.keys(controller)
    facts = replace(
        facts,
        state=state,
        keys=keys,
        provider=None if state.problem else _provider(controller, {key.source for key in keys}),
        recorded_provider=record.choices.provider if record else None,
        bind=settings.network.bind,
        base_image=settings.images.base,
    )
    try:
        path = images.ca_bundle(settings, controller.base)
    except RalexError as error:
        return _without_settings(facts, error)
    return replace(facts, authorities=machine_facts.authorities(path, os.environ))


def _provider(controller: Controller, sources: set[str]) -> ProviderChoice:
    wanted = controller.settings.stack.provider
    if wanted == "auto":
        return "simulator" if sources == {"missing"} else "real"
    return wanted


def _in_engine(controller: Controller, facts: Facts) -> Facts:
    settings = controller.settings
    try:
        containers = controller.facts.containers()
        references = stack_facts.needed_images(controller, facts.provider)
        base = controller.facts.missing_images({facts.base_image})
        missing = controller.facts.missing_images(references)
    except RalexError as error:
        return _without_settings(facts, error)
    services = stack_facts.services(containers)
    facts = replace(
        facts,
        ports=stack_facts.ports(controller, containers),
        base_image_present=not base,
        images_missing=tuple(sorted(missing)),
        services=services,
        up=bool(services),
        services_missing=missing_services(controller.state.applied(), containers),
        replicas=replicas(controller.state.applied(), containers),
    )
    running = {service.name for service in services if service.state == "running"}
    if "edge" in running:
        found = urls(settings, controller.state.applied())
        facts = replace(facts, answers=stack_facts.answers(controller, found))
    if {"edge", "gateway"} <= running:
        facts = replace(facts, call=stack_facts.call(controller))
    if {"edge", "opencode"} <= running:
        applied = controller.state.applied()
        mode = mode_of(applied.bundle) if applied else "none"
        probes = sandbox_facts.probes(controller.engine, mode)
        facts = replace(facts, egress=mode, probes=probes)
    return facts
