"""From settings to a running stack: what the commands have in common."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.engines import images
from ralex_stack.engines.compose import ComposeEngine
from ralex_stack.engines.docker import DockerFacts
from ralex_stack.engines.watch import watching
from ralex_stack.errors import EngineError, SecretError, StateError
from ralex_stack.exposure import Exposure
from ralex_stack.files import write_atomically
from ralex_stack.host import state_home
from ralex_stack.host_choices import host_choices
from ralex_stack.plan import Plan, State, make_plan
from ralex_stack.progress import Phase, nobody
from ralex_stack.provider_choice import choose
from ralex_stack.render import render_compose
from ralex_stack.render.compose import project_name
from ralex_stack.runner import SystemRunner
from ralex_stack.secrets.given import look
from ralex_stack.secrets.resolve import resolve
from ralex_stack.secrets.store import GENERATED, PASSWORD_HASH, SecretStore, keyed_digest
from ralex_stack.settings.sources import FILE_NAME
from ralex_stack.state import DEFAULTS, Record, StateDirectory
from ralex_stack.target import ComposeTarget
from ralex_stack.topology import Choices, build, other_references, provider_references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ralex_stack.bundle import Bundle
    from ralex_stack.progress import Listener
    from ralex_stack.runner import Runner
    from ralex_stack.secrets.given import Given
    from ralex_stack.settings import Settings
    from ralex_stack.settings.load import Loaded
    from ralex_stack.settings.secret import SecretReference

_KEY_WITHOUT_STATE = b"ralex-stack"
"""Stands in for the key of a stack that has no state yet, for which digests tell nothing."""


@dataclass(frozen=True)
class Prepared:
    """All that is decided before anything is changed."""

    wanted: State
    plan: Plan
    provider_keys: Mapping[str, str]
    """Secret → value that was resolved now; others keep what is stored."""
    warnings: tuple[str, ...]


class Controller:
    """Works on the stack of some loaded settings."""

    def __init__(self, loaded: Loaded, runner: Runner | None = None) -> None:
        self.loaded = loaded
        self.runner: Runner = runner or SystemRunner()
        self.environment: Mapping[str, str] = os.environ

    @property
    def settings(self) -> Settings:
        """The settings of the stack."""
        return self.loaded.settings

    @property
    def base(self) -> Path:
        """Directory that relative paths of the settings start from."""
        return self.loaded.path.resolve().parent if self.loaded.path else Path.cwd()

    @property
    def identity(self) -> str:
        """What the state records as the stack's settings."""
        return str(self.loaded.path.resolve()) if self.loaded.path else DEFAULTS

    @cached_property
    def state(self) -> StateDirectory:
        """The stack's state directory."""
        return StateDirectory(state_home(self.environment) / self.settings.stack.name)

    @cached_property
    def facts(self) -> DockerFacts:
        """Facts about the stack's containers."""
        return DockerFacts(self.runner, project_name(self.settings.stack.name))

    @cached_property
    def engine(self) -> ComposeEngine:
        """The engine on the stack's project."""
        return ComposeEngine(self.runner, self.state.project, self.facts)

    def secret(self, name: str) -> str:
        """A stored credential. Raises SecretError where the stack was never brought up."""
        value = self.state.store.get(name)
        if value is None:
            raise SecretError(
                f"the stack `{self.settings.stack.name}` has no {name} yet",
                hint="bring it up first: `ralex-stack up`",
                code="stack-not-up",
            )
        return value

    def prepare(self) -> Prepared:
        """Decide what is wanted and compare it with what is there. Changes nothing."""
        moved = self.claim()
        keys, choices, warnings = self._choose()
        if moved:
            warnings = (f"{moved}; the settings are now those of {self.identity}", *warnings)
        bundle = self.render(choices)
        wanted = State(bundle, choices, self._digests(keys, choices))
        references = images.references(self.settings, self.base)
        missing = self.facts.missing_images(set(references.values()))
        plan = make_plan(wanted, self.state.applied(), self.facts.facts(), missing)
        return Prepared(wanted, plan, keys, warnings)

    def claim(self) -> str | None:
        """Raise StateError where the stack is another's; returns a warning if it is taken over.

        Another user, or another XDG_STATE_HOME, has other credentials: their containers would be
        replaced and their data become unreadable.
        """
        moved = self.state.claim(self.identity)
        others = self.facts.directories() - {self.state.project.resolve()}
        if others:
            name = self.settings.stack.name
            raise StateError(
                f"containers of a stack `{name}` were brought up from {sorted(others)[0]}",
                hint="give this one another name (`[stack] name = …`), or end the other one: "
                f"`docker compose --project-name {project_name(name)} down`",
                code="state-foreign",
            )
        return moved

    def expose(self, mounts: Sequence[tuple[str, bool]]) -> None:
        """Remember what a sandbox is about to be given: path → whether it is read-only."""
        own = [self.loaded.path] if self.loaded.path else []
        found = [Path(path) for path, read_only in mounts if read_only]
        files = [*own, *(path for path in found if path.name == FILE_NAME)]
        roots = [Path(path) for path, read_only in mounts if not read_only]
        if roots:
            Exposure(state_home(self.environment)).expose(roots, files)

    def render(self, choices: Choices) -> Bundle:
        """The Compose project for these choices."""
        target = ComposeTarget(images.references(self.settings, self.base))
        return render_compose(self.settings, choices, target)

    def choices(self) -> Choices:
        """What would be chosen now."""
        return self._choose()[1]

    def apply(self, prepared: Prepared, listener: Listener = nobody) -> None:
        """Bring about what was prepared. The caller holds the lock."""
        applied = self.state.applied()
        store = self.state.store
        store.generate()
        for name, value in prepared.provider_keys.items():
            store.set(name, value)
        digests = store.digests(self.state.digest_key(), self._secret_names(prepared.wanted))
        wanted = replace(prepared.wanted, secrets=digests)
        if prepared.plan.builds:
            log = self.state.path / "build.log"
            count = len(prepared.plan.builds)
            what = "1 image" if count == 1 else f"{count} images"
            listener(Phase(f"building {what}, some minutes at first", f"log: {log}"))
            builder = images.ImageBuilder(
                self.runner, self.settings, self.base, log, listener, self.facts.data_root
            )
            builder.build(frozenset(prepared.plan.builds))
        if prepared.plan.changes:
            listener(Phase("starting, and waiting until all services are healthy"))
        self.expose(wanted.choices.workspace)
        self.state.install(wanted.bundle)
        self.state.write(Record(self.identity, wanted.choices, digests))
        plan = prepared.plan
        with watching(self.facts, listener):
            self.engine.up(wanted.bundle, digests, plan.touched, anew=plan.services("restart"))
        self._prune(applied, wanted)

    def _prune(self, applied: State | None, wanted: State) -> None:
        """Drop old configuration, but what is mounted, and what was in force before: it tells why.

        A one-off container keeps the configuration that it was started with.
        """
        bundles = [state.bundle for state in (applied, wanted) if state]
        keep = {path for bundle in bundles for path in bundle.config_directories}
        self.state.prune(keep | self.facts.mounted(self.state.project))

    def write_project(
        self, bundle: Bundle, choices: Choices, directory: Path, *, secrets: bool
    ) -> int:
        """Write the project for plain `docker compose`; returns the number of files.

        Secrets go to `secrets/` in it, mode 0700: the stack's own, made now if there are none.
        """
        values = self._secrets_for(choices) if secrets else {}
        self.expose(choices.workspace)
        for path, content in bundle.files.items():
            write_atomically(directory / path, content)
        copy = SecretStore(directory / "secrets")
        for name, value in values.items():
            copy.set(name, value)
        return len(bundle.files) + len(values)

    def _secrets_for(self, choices: Choices) -> dict[str, str]:
        """All secrets of the project, those of the stack made where there are none yet."""
        self.claim()
        keys = self._choose()[0]
        with self.state.lock("render"):
            self.state.store.generate()
        names = build(self.settings, choices).secrets
        return {name: keys.get(name) or self.secret(name) for name in names}

    def require_up(self, services: tuple[str, ...] = ()) -> None:
        """Raise EngineError where the stack is not up or has no such service."""
        applied = self.state.applied()
        name = self.settings.stack.name
        if applied is None or not any(not c.one_off for c in self.facts.containers()):
            raise EngineError(
                f"the stack `{name}` is not up", hint="run `ralex-stack up`", code="stack-not-up"
            )
        known = set(applied.bundle.services)
        unknown = [service for service in services if service not in known]
        if unknown:
            raise EngineError(
                f"the stack `{name}` has no service {', '.join(unknown)}",
                hint=f"it has {', '.join(sorted(known))}",
                code="service-unknown",
            )

    def _secret_names(self, wanted: State) -> tuple[str, ...]:
        return build(self.settings, wanted.choices).secrets

    def _digests(self, keys: Mapping[str, str], choices: Choices) -> dict[str, str]:
        """Digests as they will be after `apply`, as far as that is known before."""
        names = build(self.settings, choices).secrets
        key = self.state.known_digest_key() or _KEY_WITHOUT_STATE
        digests = self.state.store.digests(key, names)
        fresh = {name: keyed_digest(key, value) for name, value in keys.items() if name in names}
        new = {name: "new" for name in (*GENERATED, PASSWORD_HASH) if name in names}
        return {**new, **digests, **fresh}

    def _choose(self) -> tuple[dict[str, str], Choices, tuple[str, ...]]:
        references = {**self._provider_keys(), **other_references(self.settings)}
        keys = self._look(self._provider_keys())
        others = self._look(other_references(self.settings))
        provider = choose(self.settings, keys)
        if others.missing:
            places = ", ".join(str(references[name]) for name in others.missing)
            raise SecretError(
                f"no secret found in: {places}",
                hint="set it, or take what refers to it out of the settings",
                code="secret-missing",
            )
        kept = [*(keys.kept if provider != "simulator" else ()), *others.kept]
        warnings = [
            *self.loaded.warnings,
            *(f"{references[name]} gives no key now; the stored one stays in use" for name in kept),
        ]
        choices = Choices(provider=provider, **host_choices(self.settings, self.base, self.runner))
        used = {**(keys.found if choices.pays else {}), **others.found}
        return used, choices, tuple(warnings)

    def _provider_keys(self) -> dict[str, SecretReference]:
        """Secret → where a provider's key is, for all that are asked."""
        if self.settings.stack.provider == "simulator":
            return {}
        keys = {
            name: self.settings.providers[provider].api_key
            for name, provider in provider_references(self.settings).items()
        }
        return {name: reference for name, reference in keys.items() if reference is not None}

    def _look(self, references: Mapping[str, SecretReference]) -> Given:
        there = partial(resolve, environment=self.environment, base=self.base, runner=self.runner)
        return look(references, there, self.state.store)
