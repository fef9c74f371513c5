"""The template store: a sealed database per content key, built once, cloned cheaply.

A database is named by what it is (see `stored`). A name with `t_` is given last, so that nothing half-made ever looks
whole. What a dead run left as `b_` or `c_` is swept.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from odoo_gate.errors import GateError, TemplateError
from odoo_gate.model import Say, silent
from odoo_gate.odoo.agent_client import Agent, LogRecord, ModuleRun
from odoo_gate.odoo.databases import Databases, database_errors
from odoo_gate.odoo.spec import KEY_DIGITS, TemplateSpec
from odoo_gate.odoo.stored import StoredTemplate, database_of, facts_of, key_of, owner_of, stored_template, to_prune
from odoo_gate.stack.addresses import PostgresAddress
from odoo_gate.stack.interrupts import interrupts_held
from odoo_gate.stack.store_server import StoreServer

__all__ = ["Clone", "Store", "StoredTemplate", "Template"]

_LIKELY_IN_USE = 6 * 3600.0
"""Seconds since its last use for which a template may belong to a run that is still going on."""

_Make = Callable[[str], tuple[LogRecord, ...]]
"""Fills the draft database of that name; returns what Odoo logged of it."""

_TOUCH_AFTER = 60.0
"""Seconds: `last_used` need not be more exact, and writing it for every clone costs a catalogue row."""


@dataclass(frozen=True, slots=True)
class Template:
    """A sealed template, ready to be cloned.

    `seconds` is what building it took when it was built, parents included; `log` what installing its last
    layer logged at WARNING and above; `built` whether this call built it.
    """

    key: str
    database: str
    label: str
    seconds: float
    log: tuple[LogRecord, ...]
    built: bool


@dataclass(frozen=True, slots=True)
class Clone:
    """A disposable copy of a template, with its own filestore and identity."""

    database: str


class Store:
    """Templates and clones on one server, on behalf of one run. Opened in every process of the run alike."""

    def __init__(self, postgres: PostgresAddress, run_id: str, say: Say = silent) -> None:
        self.postgres = postgres
        self._run_id = run_id
        self._say = say
        self._databases = Databases(postgres)

    def template(self, spec: TemplateSpec, agent: Agent) -> Template:
        """The template of `spec`, built now if it is not there.

        One process builds, others wait for it. Raises ReleaseFailure when the modules do not install,
        TemplateError when the store fails; neither leaves anything behind.
        """
        return self._once(spec.key, spec.label, lambda draft: self._install(draft, spec, agent), agent)

    def layer(
        self,
        parent: Template,
        recipe: Mapping[str, Any],
        label: str,
        fill: Callable[[str], None],
        agent: Agent,
    ) -> Template:
        """The template that `fill(database)` makes of a copy of `parent`, built now if it is not there.

        `recipe` (JSON) is everything that shapes the result besides the parent: profile, seed, digest of the code.
        Raises what `fill` raises, TemplateError when the store fails; neither leaves anything behind.
        """
        facts = json.dumps({"parent": parent.key, "recipe": recipe}, sort_keys=True)
        key = hashlib.sha256(facts.encode()).hexdigest()[:KEY_DIGITS]

        def make(draft: str) -> tuple[LogRecord, ...]:
            self._copy(parent.key, parent.database, draft, agent)
            fill(draft)
            return ()

        return self._once(key, label, make, agent)

    def imported(
        self,
        recipe: Mapping[str, Any],
        label: str,
        extensions: tuple[str, ...],
        fill: Callable[[str], None],
        agent: Agent,
    ) -> Template:
        """The template that `fill(database)` makes of an empty database with `extensions`, built now if not there.

        `recipe` (JSON) is everything that shapes the result: a dump's digest, rules, images.
        Raises what `fill` raises, TemplateError when the store fails; neither leaves anything behind.
        """
        facts = json.dumps({"imported": recipe, "extensions": extensions}, sort_keys=True)
        key = hashlib.sha256(facts.encode()).hexdigest()[:KEY_DIGITS]

        def make(draft: str) -> tuple[LogRecord, ...]:
            self._databases.create_empty(draft, extensions)
            fill(draft)
            return ()

        return self._once(key, label, make, agent)

    def new_database(self) -> Clone:
        """A name for a database of this run that does not exist yet; what gets it is dropped with the run."""
        return Clone(f"c_{self._run_id}_{secrets.token_hex(4)}")

    def clone(self, template: Template, agent: Agent) -> Clone:
        """A copy of `template` for this run: database, filestore, new uuid.

        Raises TemplateError, AgentError; neither leaves anything behind.
        """
        name = self.new_database().database
        with (
            database_errors(f"clone of the template of {template.label}"),
            self._dropped_on_failure(name, agent),
        ):
            self._copy(template.key, template.database, name, agent)
            self._databases.new_identity(name)
        return Clone(name)

    def drop(self, clone: Clone, agent: Agent) -> None:
        """Remove a clone and its files. Raises TemplateError, AgentError."""
        with database_errors(f"dropping {clone.database}"), interrupts_held():
            self._databases.drop(clone.database)
            agent.files_drop(clone.database)

    def keep(self, clone: Clone, label: str, agent: Agent) -> Template | None:
        """Seal a clone as a template of its own instead of dropping it; None when it is gone already.

        Raises TemplateError, AgentError.
        """
        key = hashlib.sha256(clone.database.encode()).hexdigest()[:KEY_DIGITS]
        with database_errors(f"keeping {clone.database}"):
            if not self._databases.exists(clone.database):
                return None
            template = Template(key, database_of(key), label, 0.0, (), built=True)
            self._seal(clone.database, template, agent)
        return template

    def stored(self, key: str, label: str) -> Template | None:
        """The template of that key, when the store still has it. Raises TemplateError."""
        with database_errors(f"looking for the template of {label}"):
            return self._known(key, label)

    def forget(self, keys: Collection[str], server: StoreServer) -> int:
        """Drop the templates of these keys that nobody clones right now; returns how many. Raises TemplateError."""
        doomed = [template for template in self.templates() if template.key in keys]
        return sum(self._drop_template(template, server) for template in doomed)

    def templates(self) -> list[StoredTemplate]:
        """The templates there are, the last used first. Raises TemplateError."""
        with database_errors("listing templates"):
            described = self._databases.descriptions("t_")
            stored = [stored_template(name, text, self._databases.size) for name, text in described.items()]
        return sorted(stored, key=lambda each: each.last_used, reverse=True)

    def prune(
        self,
        server: StoreServer,
        *,
        max_age_days: float,
        max_size_gb: float,
        spare_seconds: float = _LIKELY_IN_USE,
    ) -> list[StoredTemplate]:
        """Drop templates by age and size and return them; those being cloned right now stay.

        Raises TemplateError.
        """
        doomed = to_prune(
            self.templates(),
            max_age_days=max_age_days,
            max_size_gb=max_size_gb,
            now=time.time(),
            spare_seconds=spare_seconds,
        )
        return [template for template in doomed if self._drop_template(template, server)]

    def sweep(self, server: StoreServer, is_alive: Callable[[str], bool]) -> int:
        """Remove drafts and clones of dead runs, what is half dropped, and filestores without a database.

        Returns how many databases.

        Raises TemplateError.
        """
        with database_errors("sweeping the template store"):
            filestores = server.filestores()  # first: a database is always made before its filestore
            half = set(self._databases.half_dropped())
            dead = [name for name in self._databases.names() if name in half or self._is_dead(name, is_alive)]
            for name in dead:
                self._databases.drop(name)
            orphans = filestores - set(self._databases.names())
            server.remove_filestores(name for name in orphans if self._is_orphan(name, is_alive))
        if dead:
            self._say(f"swept {len(dead)} databases of runs that were killed")
        return len(dead)

    def drop_own(self, server: StoreServer) -> None:
        """Remove every clone and draft this run still has. Raises TemplateError."""
        with database_errors("removing the run's clones"):
            own = [name for name in self._databases.names() if owner_of(name) == self._run_id]
            for name in own:
                self._databases.drop(name)
            left = {name for name in server.filestores() if owner_of(name) == self._run_id}  # of other servers, too
            server.remove_filestores(left.union(own))

    def _once(self, key: str, label: str, make: _Make, agent: Agent) -> Template:
        """The template of `key`, made by one process while others that want it wait."""
        with database_errors(f"template of {label}"):
            known = self._known(key, label)
            if known is not None:
                return known
            with self._databases.lock(_lock_number(key)) as waited:
                if waited:
                    self._say(f"another run was building the template of {label}")
                return self._known(key, label) or self._build(key, label, make, agent)

    def _known(self, key: str, label: str) -> Template | None:
        database = database_of(key)
        text = self._databases.description(database)
        if text is None:
            return None
        facts = facts_of(database, text)
        if time.time() - float(facts["last_used"]) > _TOUCH_AFTER:
            self._databases.describe(database, json.dumps({**facts, "last_used": time.time()}))
        return Template(
            key=key,
            database=database,
            label=label,
            seconds=float(facts["seconds"]),
            log=tuple(LogRecord(**line) for line in facts["log"]),
            built=False,
        )

    def _build(self, key: str, label: str, make: _Make, agent: Agent) -> Template:
        started = time.monotonic()
        draft = f"b_{key}_{self._run_id}"
        with self._dropped_on_failure(draft, agent):
            log = make(draft)
            self._databases.analyse(draft)
            seconds = time.monotonic() - started
            template = Template(key, database_of(key), label, seconds, log, built=True)
            self._seal(draft, template, agent)
        return template

    def _install(self, draft: str, spec: TemplateSpec, agent: Agent) -> tuple[LogRecord, ...]:
        """Make the draft and install the spec's own layer; returns what that logged."""
        base = spec.ingredients
        parent = self.template(spec.parent, agent) if spec.parent else None
        self._say(f"building the template of {spec.label}")
        done: ModuleRun | None = None
        if parent is None:
            self._databases.create_empty(draft, base.extensions)
            done = agent.create_base(draft, demo=base.demo, languages=base.languages, say=self._say)
        else:
            self._copy(parent.key, parent.database, draft, agent)
            if spec.install:
                done = agent.install(
                    draft,
                    spec.install,
                    auto_install=spec.auto_install,
                    languages=base.languages,
                    demo=base.demo,
                    say=self._say,
                )
        if spec.assets:
            agent.warm_assets(draft, say=self._say)
        return done.log if done else ()

    def _copy(self, key: str, source: str, target: str, agent: Agent) -> None:
        """Copy a template's database and files; it cannot be pruned meanwhile."""
        with self._databases.lock(_lock_number(key), shared=True):
            if not self._databases.exists(source):
                raise TemplateError(
                    f"template {source} was pruned while it was in use",
                    hint="run again; raise store.max_size_gb in gate.toml if it happens again",
                )
            self._databases.copy(source, target)
            agent.files_copy(source, target)

    def _seal(self, draft: str, template: Template, agent: Agent) -> None:
        """Move the files to their final place first: the database's name is what makes the template exist."""
        size = self._databases.size(draft) + agent.files_size(draft)
        facts = {
            "label": template.label,
            "created": time.time(),
            "last_used": time.time(),
            "seconds": template.seconds,
            "size": size,
            "log": [asdict(line) for line in template.log],
        }
        with interrupts_held():
            agent.files_drop(template.database)
            agent.files_move(draft, template.database)
            self._databases.seal(draft, template.database, json.dumps(facts))

    @contextmanager
    def _dropped_on_failure(self, name: str, agent: Agent) -> Iterator[None]:
        """Remove database `name` and its files when the block raises."""
        try:
            yield
        except BaseException:
            with interrupts_held():
                self._discard(name, agent)
            raise

    def _discard(self, name: str, agent: Agent) -> None:
        try:
            with database_errors(f"removing {name}"):
                self._databases.drop(name)
            agent.files_drop(name)
        except GateError as error:
            self._say(f"{name} stays until the next run sweeps it: {error.message}")

    def _drop_template(self, template: StoredTemplate, server: StoreServer) -> bool:
        with (
            database_errors(f"dropping the template of {template.label}"),
            self._databases.lock_if_free(_lock_number(template.key)) as free,
            interrupts_held(),
        ):
            if free:
                self._databases.drop(template.database)
                server.remove_filestores([template.database])
            return free

    def _is_dead(self, name: str, is_alive: Callable[[str], bool]) -> bool:
        owner = owner_of(name)
        return owner is not None and not is_alive(owner)

    def _is_orphan(self, name: str, is_alive: Callable[[str], bool]) -> bool:
        """A filestore without a database. One of a template may be about to get its database: see `_seal`."""
        key = key_of(name)
        if key is None:
            return self._is_dead(name, is_alive)
        with self._databases.lock_if_free(_lock_number(key)) as free:
            return free and not self._databases.exists(name)


def _lock_number(key: str) -> int:
    """The signed 64-bit number PostgreSQL knows an advisory lock by."""
    return int.from_bytes(bytes.fromhex(key), "big", signed=True)
