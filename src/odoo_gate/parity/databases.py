"""PostgreSQL and Redis: version, and the settings that change what Odoo sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from odoo_gate.parity.accepted import Differences
from odoo_gate.parity.definition import Definition
from odoo_gate.parity.images import postgres_major_of
from odoo_gate.parity.quantities import same
from odoo_gate.parity.services import Value, Values
from odoo_gate.parity.tested import StackUnderTest
from odoo_gate.settings import Settings

_BEHAVIOUR = frozenset(
    {"default_transaction_isolation", "default_transaction_read_only", "lock_timeout", "statement_timeout",
     "idle_in_transaction_session_timeout", "transaction_timeout", "timezone", "datestyle", "intervalstyle",
     "lc_messages", "lc_monetary", "lc_numeric", "lc_time", "standard_conforming_strings", "search_path",
     "default_text_search_config", "bytea_output", "client_encoding", "escape_string_warning", "row_security",
     "transform_null_equals", "backslash_quote", "array_nulls", "session_replication_role"}
)  # fmt: skip
"""What makes the same query answer something else, or fail."""
_OF_THE_MACHINE = frozenset(
    {"config_file", "hba_file", "ident_file", "data_directory", "external_pid_file", "listen_addresses", "port",
     "unix_socket_directories", "hba", "ssl_cert_file", "ssl_key_file", "ssl_ca_file"}
)  # fmt: skip
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
_REDIS_BEHAVIOUR = frozenset({"maxmemory-policy", "databases", "timeout"})
_SPARE_CONNECTIONS = 5
"""What backups, monitoring and administrators need beside Odoo's processes."""


def compare_postgres(found: Differences, settings: Settings, definition: Definition, tested: StackUnderTest) -> None:
    """Major version, durability, room for Odoo's processes, and each setting the definition has."""
    _compare_major(found, settings, definition, tested)
    for name, value in _each(definition.postgres):
        if name in _OF_THE_MACHINE:
            continue
        known = tested.postgres.get(name)
        if known is None:
            found.error(f"database.{name}", "unknown-setting", f"PostgreSQL {tested.postgres_major} knows no {name}",
                        value.place, "correct the name")  # fmt: skip
            continue
        found.compared += 1
        if name in _DURABLE and same(value.text, "off"):
            found.error(f"database.{name}", "not-durable", f"{name} is off: a crash loses or damages data",
                        value.place, f"set {name} = on")  # fmt: skip
        elif same(value.text, known) or name in _DURABLE:
            continue
        elif name in _BEHAVIOUR:
            found.error(
                f"database.{name}",
                "another-setting",
                f"PostgreSQL has {name} = {value.text}, and it is tested with {known}",
                value.place,
                "take it out, or set it for the role in a migration so that the gate has it, too",
            )
        else:
            found.note("tuned-otherwise", f"{name} is {value.text}, and {known} here", value.place)
    _compare_connections(found, definition)


def _compare_major(found: Differences, settings: Settings, definition: Definition, tested: StackUnderTest) -> None:
    majors = [
        (postgres_major_of(definition, service), f"the image of {service.name}", service.image.place)
        for service in definition.of_role("postgres")
        if service.image and postgres_major_of(definition, service)
    ]
    for variable, pinned in settings.parity.pins.items():
        written = definition.variables.values.get(variable, "")
        if pinned == "postgres-major":
            majors.append((written or "not given", variable, None))  # type: ignore[arg-type]
    for major, where, place in majors:
        found.compared += 1
        if major != tested.postgres_major:
            found.error(
                "database.postgres-major",
                "another-major",
                f"{where} says PostgreSQL {major}, and {tested.postgres_major} is tested",
                place,
                f'test with it: [stack] postgres_image = "postgres:{major}@sha256:..."',
            )
    from_report = set(settings.parity.images_from_report.values())
    if not majors and "postgres" not in from_report:
        found.error(
            "database.postgres-major",
            "major-not-defined",
            "the definition does not say which major version of PostgreSQL runs",
            None,
            'say it in a variable of a .env file: [parity.pins] POSTGRES_MAJOR = "postgres-major"',
        )


def _compare_connections(found: Differences, definition: Definition) -> None:
    limit = min(definition.postgres.get("max_connections", ()), key=_number, default=None)
    workers = max(definition.odoo.get("workers", ()), key=_number, default=None)
    cron = max(definition.odoo.get("max_cron_threads", ()), key=_number, default=None)
    if limit is None or workers is None or not limit.text.isdigit() or not workers.text.isdigit():
        return
    replicas = sum(service.replicas for service in definition.of_role("odoo")) or 1
    each = int(workers.text) + (int(cron.text) if cron and cron.text.isdigit() else 2) + 1
    needed = each * replicas + _SPARE_CONNECTIONS
    found.compared += 1
    if int(limit.text) < needed:
        found.error(
            "database.max_connections",
            "too-few-connections",
            f"max_connections is {limit.text}, and {replicas} x {each} processes of Odoo want one each",
            limit.place,
            f"set max_connections = {needed} or more",
        )


def _each(settings: Mapping[str, Values]) -> Iterator[tuple[str, Value]]:
    return ((name, value) for name, values in settings.items() for value in values)


def _number(value: Value) -> int:
    return int(value.text) if value.text.isdigit() else 0


def compare_redis(found: Differences, definition: Definition, tested: StackUnderTest) -> None:
    """Each setting the definition has: what evicts sessions is a difference that matters."""
    for name, value in _each(definition.redis):
        known = tested.redis.get(name)
        if known is None or name in ("requirepass", "masterauth", "bind", "port", "dir", "include"):
            continue
        found.compared += 1
        if same(value.text, known):
            continue
        if name in _REDIS_BEHAVIOUR:
            found.error(
                f"database.redis.{name}",
                "another-setting",
                f"Redis has {name} {value.text}, and it is tested with {known}",
                value.place,
                f"set {name} {known}",
            )
        else:
            found.note("tuned-otherwise", f"Redis: {name} is {value.text}, and {known} here", value.place)
