"""Everything that reads what somebody else wrote, fed with genuine documents that were bent.

Two things must hold of each: it ends in an answer or in a `GateError`, never in another exception; and what was bent is
never accepted as genuine.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from odoo_gate.attest import KeySigner, new_signer
from odoo_gate.attest.approval import ApprovalV1, approval_bundle, open_approval
from odoo_gate.attest.bundle import write_bundle
from odoo_gate.attest.manual import ManualV1, manual_bundle, open_manual
from odoo_gate.attest.override import OverrideV1, open_override, override_bundle
from odoo_gate.attest.record import Record
from odoo_gate.attest.statement import read_statement
from odoo_gate.attest.timestamp import stamped_on
from odoo_gate.attest.trust import load_trust
from odoo_gate.errors import ExitCode, GateError
from odoo_gate.evidence import collect_evidence
from odoo_gate.model import CheckResult, Metric, Outcome
from odoo_gate.policy import Calendar, default_policy, load_policy, windows_at
from odoo_gate.strict_json import NotStrictJson, read_json

Mutate = Callable[[random.Random, bytes], bytes]
TOKENS = (
    b"NaN", b"Infinity", b"-1", b"1e999", b"null", b"true", b"[]", b"{}", b'""', b"\\ud800", b"\x00", b"\xff\xfe",
    b"\xef\xbb\xbf", b"9" * 400, b"[" * 200, b'{"a":' * 60, b"2026-13-45", b"9999-12-31T23:59:59Z", b"9999-12-31",
    b"0001-01-01T00:00:00Z", b"GO", b"passed", b"..", b"/etc/passwd", b"%s%n", b"\r\n", b"RRULE:FREQ=SECONDLY",
    b"RRULE:FREQ=YEARLY;INTERVAL=0", b"\r\nRRULE:FREQ=MINUTELY\r\n",
    b"\r\nRRULE:FREQ=DAILY;INTERVAL=0\r\n", b"TZID=Nowhere", b"DTSTART:00000000T000000", b"DURATION:-P1D", b"(a+)+$",
    b"\xe2\x80\xae", b"=" * 64, b"version = 2",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**70, 1.5, "", "GO", "passed", [], {}, [[]], {"a": None}, "\u202e", "9" * 400, "0" * 64,
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", ["x"] * 50, "..", "NaN",
)  # fmt: skip


HANGS = 60.0
"""Seconds of processor time after which a reader is taken to hang on what somebody sent."""


class Violation(AssertionError):
    """What must never happen, happened: the message says what, the data shows how."""


@dataclass(frozen=True)
class Target:
    """One reader, with genuine documents; `read` raises Violation, or GateError, or nothing."""

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes], None]
    bends: tuple[Mutate, ...]


@dataclass
class Tally:
    """What a campaign did: how often each reader was asked, and how it answered."""

    asked: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[str, str, bytes]] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=dict)


def fuzz(targets: Sequence[Target], seed: int, rounds: int | None = None, until: float | None = None) -> Tally:
    """Bend and read, target by target, for so many `rounds`, or until `time.monotonic()` is `until`."""
    rng, tally, number = random.Random(seed), Tally(), 0
    while (rounds is None or number < rounds) and (until is None or time.monotonic() < until):
        number += 1
        for target in targets:
            ask(target, rng, tally)
    return tally


def ask(target: Target, rng: random.Random, tally: Tally) -> None:
    """Bend one genuine document of `target` a few times and read it."""
    genuine = rng.choice(target.seeds)
    data = genuine
    for _ in range(rng.choice((1, 1, 1, 2, 4, 8))):
        data = rng.choice(target.bends)(rng, data)[:400_000]
    if data in target.seeds:
        return
    tally.asked[target.name] += 1
    started = time.process_time()
    try:
        target.read(data)
    except (GateError, NotStrictJson):
        tally.refused[target.name] += 1
    except Exception as error:
        tally.violations.append((target.name, f"{type(error).__name__}: {error}"[:500], data))
    took = time.process_time() - started
    tally.slowest[target.name] = max(tally.slowest.get(target.name, 0.0), took)
    if took > HANGS:
        tally.violations.append((target.name, f"it took {took:.0f} s of processor time", data))


# -- bending bytes ----------------------------------------------------------------------------------------------------


def flip(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data or b"\0")
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: random.Random, data: bytes) -> bytes:
    first, second = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:first] + data[second:]


def repeat(rng: random.Random, data: bytes) -> bytes:
    first, second = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:second] + data[first:second][:5_000] * rng.choice((1, 2, 20)) + data[second:]


def insert(rng: random.Random, data: bytes) -> bytes:
    position = rng.randrange(len(data) + 1)
    return data[:position] + rng.choice(TOKENS) + data[position:]


def overwrite(rng: random.Random, data: bytes) -> bytes:
    token, position = rng.choice(TOKENS), rng.randrange(len(data) + 1)
    return data[:position] + token + data[position + len(token) :]


def swap_lines(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def replace_line(rng: random.Random, data: bytes) -> bytes:
    """One line `name = value` or `NAME:value` with another value."""
    lines = data.split(b"\n")
    number = rng.randrange(len(lines))
    for mark in (b" = ", b":"):
        if mark in lines[number]:
            lines[number] = lines[number].partition(mark)[0] + mark + rng.choice(TOKENS)
            break
    return b"\n".join(lines)


def bend_json(rng: random.Random, data: bytes) -> bytes:
    """One member of a JSON document changed, dropped, doubled or moved."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return flip(rng, data)
    places = list(_places(document))
    if not places:
        return flip(rng, data)
    holder, key = rng.choice(places)
    match rng.randrange(4):
        case 0:
            holder[key] = rng.choice(VALUES)
        case 1:
            del holder[key]
        case 2 if isinstance(holder, dict):
            holder[rng.choice(("extra", "__proto__", key.upper(), f"{key} "))] = holder[key]
        case 2:
            holder.append(holder[key])
        case _:
            other, name = rng.choice(places)
            try:
                holder[key] = json.loads(json.dumps(other[name]))
            except (KeyError, IndexError):
                return flip(rng, data)
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    pending = [node]
    while pending:
        each = pending.pop()
        keys = list(each) if isinstance(each, dict) else range(len(each)) if isinstance(each, list) else ()
        for key in keys:
            yield each, key
            pending.append(each[key])


BYTES: tuple[Mutate, ...] = (flip, cut, repeat, insert, overwrite)
LINES: tuple[Mutate, ...] = (*BYTES, swap_lines, replace_line)
JSON: tuple[Mutate, ...] = (*BYTES, bend_json, bend_json, bend_json, bend_json)


# -- what is read -----------------------------------------------------------------------------------------------------

POLICY = b"""
version = 1
[environments.production]
demands = ["run.complete", "modules.*", "tests.*"]
minimum = { "tests.*" = 1 }
promoted_from = "qa"
[environments.production.approvals]
groups = { finance = 1, operations = 2 }
[environments.production.override]
groups = { operations = 2 }
checks = ["run.calendar", "load.*"]
[environments.production.limits]
"migration.max_downtime_seconds" = { at_most = 60 }
"tenancy.companies" = { one_of = [[], ["A"]] }
[environments.production.score]
at_least = 75
[[environments.production.objectives]]
name = "invoices"
check = "load.latency"
metric = "p95"
pass = { at_most = 1.5 }
[[environments.production.manual]]
check = "manual.hypercare"
question = "Who is there?"
groups = ["operations"]
[[environments.production.calendars]]
name = "closing"
file = "closing.ics"
timezone = "Europe/Amsterdam"
[[environments.production.waivers]]
id = "W-1"
check = "tests.project"
finding = "0123456789abcdef"
owner = "Anna"
approver = "Joost"
reason = "r"
ticket = "t"
created = 2026-11-01
expires = 2026-11-30
[[environments.production.allow_skips]]
check = "tests.post-install"
reason = "Chrome executable not found.*"
because = "tours run in qa"
[environments.qa]
demands = ["run.complete"]
"""
ICS = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//x//y//EN\r
BEGIN:VEVENT\r
UID:1\r
DTSTAMP:20260101T000000Z\r
SUMMARY:month-end\r
DTSTART;TZID=Europe/Amsterdam:20260130T180000\r
DTEND;TZID=Europe/Amsterdam:20260201T060000\r
RRULE:FREQ=MONTHLY;BYMONTHDAY=-1\r
EXDATE;TZID=Europe/Amsterdam:20260331T180000\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2\r
DTSTAMP:20260101T000000Z\r
SUMMARY:holiday\r
DTSTART;VALUE=DATE:20261225\r
DURATION:P2D\r
END:VEVENT\r
END:VCALENDAR\r
"""
ANNA = new_signer()


def trust_file(anna: KeySigner = ANNA, gate: KeySigner | None = None) -> bytes:
    key = (gate or new_signer()).public_key.pem.decode()
    dates = "valid_from = 2026-01-01T00:00:00Z\nvalid_until = 2027-01-01T00:00:00Z\n"
    return (
        f'version = 1\nserial = 3\n[people.anna]\nkey = """{anna.public_key.pem.decode()}"""\n'
        f'groups = ["operations"]\nemails = ["anna@example.org"]\n{dates}'
        f'[gates.main]\nkey = """{key}"""\nenvironments = ["production"]\n{dates}'
    ).encode()


def targets(go: Any, no_go: Any, now: datetime, folder: Path) -> tuple[Target, ...]:
    """Every reader; `go` and `no_go` are signed runs, `folder` is scratch."""
    trust = load_trust(trust_file())
    payload = go.file("readiness.json").read_bytes()
    later = now + timedelta(hours=1)
    times = {"expires_on": now + timedelta(hours=4)}
    person = {"person": "anna", "group": "operations"}
    approval = ApprovalV1(**person, environment="production", approved_on=now, **times)
    override = OverrideV1(
        **person, environment="production", reason="payroll is down", ticket="I-1", signed_on=now, **times
    )
    manual = ManualV1(check="manual.hypercare", project="x", answer="we are", signed_on=now, **person, **times)
    calendar = Calendar(name="closing", file="closing.ics", timezone="Europe/Amsterdam")
    return (
        _report("report", go, JSON),
        _report("report-no-go", no_go, JSON),
        _resigned("report-signed-again", no_go),
        Target("statement", (payload,), lambda data: _quiet(read_statement(data)), JSON),
        Target("json", (payload, b'{"a":[1,2.5,"x"]}'), _read_json, JSON),
        Target("evidence", (go.file("evidence.jsonl").read_bytes(),), _evidence(folder, now), JSON),
        Target("policy", (POLICY, default_policy()), lambda data: _quiet(load_policy(data)), LINES),
        Target("calendar", (ICS,), lambda data: _quiet(windows_at(calendar, data, now)), LINES),
        Target("trust", (trust_file(),), lambda data: _quiet(load_trust(data)), LINES),
        Target(
            "approval",
            (approval_bundle(payload, approval, ANNA),),
            lambda data: _never(open_approval(data, trust, payload, later)),
            JSON,
        ),
        Target(
            "override",
            (override_bundle(payload, override, ANNA),),
            lambda data: _never(open_override(data, trust, payload, later)),
            JSON,
        ),
        Target("manual", (manual_bundle(manual, "a" * 64, ANNA),), lambda data: _never(open_manual(data, trust)), JSON),
        _record(go, folder, now),
        Target(
            "timestamp", (b"0" * 40, b"\x30\x82\x01\x00" * 20), lambda data: _never(stamped_on(data, b"s", {})), BYTES
        ),
    )


def results(now: datetime) -> tuple[CheckResult, ...]:
    """A run's results, one with everything a result can hold."""
    started = now - timedelta(minutes=5)
    metrics = (Metric("queries", 7, "1"),)
    return (
        CheckResult("modules.manifest", "job_costing", Outcome.PASSED, started, 1.5, metrics=metrics),
        CheckResult("tests.post-install", "/job_costing:T.t", Outcome.PASSED, started, 0.5),
        CheckResult("run.complete", "", Outcome.PASSED, started, 2.0),
    )


def _report(name: str, run: Any, bends: tuple[Mutate, ...]) -> Target:
    """A bundle on its own, by an honest caller: bent, it is never believed at all."""
    genuine = run.file("readiness.sigstore.json").read_bytes()
    place = run.folder.parent / f"{name}.sigstore.json"

    def read(data: bytes) -> None:
        place.write_bytes(data)
        verification = run.verify(f"../{place.name}")
        if data != genuine and verification.exit_code is not ExitCode.INVALID:
            raise Violation(f"a bent report ended with {verification.exit_code!r}")

    return Target(name, (genuine,), read, bends)


def _resigned(name: str, run: Any) -> Target:
    """A NO-GO's statement bent and signed again with the real key, beside its own evidence: never a GO."""
    place = run.folder / "readiness.sigstore.json"
    genuine = run.file("readiness.json").read_bytes()
    kept = place.read_bytes()

    def read(data: bytes) -> None:
        envelope = run.signer.sign(data)
        place.write_bytes(write_bundle(envelope, run.signer.public_key.hint))
        try:
            if run.verify().exit_code in (ExitCode.GO, ExitCode.OVERRIDDEN):
                raise Violation("a NO-GO that was bent and signed again is believed")
        finally:
            place.write_bytes(kept)

    return Target(name, (genuine,), read, (bend_json, bend_json, bend_json, flip, insert))


def _evidence(folder: Path, now: datetime) -> Callable[[bytes], None]:
    place = folder / "evidence"
    place.mkdir()

    def read(data: bytes) -> None:
        (place / "evidence.jsonl").write_bytes(data)
        found = collect_evidence(place, at=now)
        if not found:
            raise Violation("evidence that says nothing at all")

    return read


def _record(run: Any, folder: Path, now: datetime) -> Target:
    record = Record(folder / "record.jsonl")
    statement, payload = (
        read_statement(run.file("readiness.json").read_bytes()),
        run.file("readiness.json").read_bytes(),
    )
    for event in ("judged", "approved", "verified"):
        record.append(event, statement, payload, now)  # type: ignore[arg-type]
    genuine, head = record.path.read_bytes(), record.head
    beside = Record(folder / "bent.jsonl")

    def read(data: bytes) -> None:
        beside.path.write_bytes(data)
        beside.entries()
        if beside.head == head:
            raise Violation("a bent record has the same head")

    return Target("record", (genuine,), read, (*JSON, swap_lines))


def _read_json(data: bytes) -> None:
    _quiet(read_json(data, max_bytes=1_000_000))


def _quiet(_: object) -> None:
    """What was read without a complaint is fine: nothing claims that it was signed."""


def _never(found: object) -> None:
    raise Violation(f"bent, and believed: {found}"[:300])


def utc_now() -> datetime:
    return datetime.now(UTC)
