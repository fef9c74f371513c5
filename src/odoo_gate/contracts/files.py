"""Whether the files that leave Odoo are what their contract says: layout, control totals, twice the same, cases."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from odoo_gate.contracts.breaches import Answer, Breach
from odoo_gate.contracts.data_promises import Case, Control, FileContract
from odoo_gate.contracts.reader import Fault, Record, read_file, same
from odoo_gate.contracts.site import INSIDE, Site
from odoo_gate.model import Metric, Severity

_MOST_FAULTS = 10
_EXPECTED_CASES = ("month-end", "midnight", "correction", "leaver")
_LAYOUT = "correct the code that writes the file, or agree the new layout with the consumer first"


def ask_files(site: Site, contracts: Sequence[FileContract]) -> list[Answer]:
    """`contracts.files`: every case of every contract, made inside Odoo and taken back. Raises AgentError."""
    jobs = [_job(site, contract, case) for contract in contracts for case in contract.cases]
    if not jobs:
        return []
    script = INSIDE / "produce.py"
    told = site.release.agent.run_script(site.database, script, "produce", {"jobs": jobs}, say=site.say).result
    made = iter(told)
    return [_answer(contract, [(case, next(made)) for case in contract.cases]) for contract in contracts]


def _job(site: Site, contract: FileContract, case: Case) -> dict[str, Any]:
    production = contract.production
    return {
        "what": f"{contract.id}, {case.name}",
        "source": site.script(contract.file, case.script).read_text("utf-8") if case.script else "",
        "function": case.function,
        "records": case.records,
        "parameters": case.parameters,
        "model": production.model,
        "method": production.method,
        "arguments": production.arguments,
        "field": production.field,
        "attachment": production.attachment,
        "again": list(production.again),
        "groups": list(production.groups),
        "controls": {control.name: control.sql for control in contract.controls if control.sql},
    }


def _answer(contract: FileContract, made: Sequence[tuple[Case, Mapping[str, Any]]]) -> Answer:
    breaches: list[Breach] = list(_uncovered(contract))
    interactions = records = 0
    for case, product in made:
        if product["error"]:
            message = f"case {case.name!r}: {product['error']}"
            remedy = "make the file in Odoo in that situation, and mend what stops it; or mend the case's script"
            breaches.append(Breach(contract, "not-produced", f"case {case.name}", message, remedy))
            continue
        content = base64.b64decode(product["first"])
        read, faults = read_file(contract, content)
        interactions += bool(content)
        records += len(read)
        breaches.extend(_layout(contract, case, faults))
        if not faults:
            breaches.extend(_controls(contract, case, read, product["controls"]))
            breaches.extend(_expectations(contract, case, read))
        breaches.extend(_twice(contract, case, content, base64.b64decode(product["second"])))
    metrics = (Metric(f"{contract.id}-files", interactions, "1"), Metric(f"{contract.id}-records", records, "1"))
    return Answer(contract, tuple(breaches), interactions, metrics)


def _uncovered(contract: FileContract) -> Iterator[Breach]:
    covered = {case.covers for case in contract.cases}
    for kind in _EXPECTED_CASES:
        if kind not in covered:
            message = f"no case of it covers {kind}"
            remedy = f"add a case with covers: {kind}, where the file depends on it"
            yield Breach(contract, "case-uncovered", f"covers {kind}", message, remedy, Severity.WARNING)


def _layout(contract: FileContract, case: Case, faults: Sequence[Fault]) -> Iterator[Breach]:
    for fault in faults[:_MOST_FAULTS]:
        yield Breach(
            contract, "layout", f"{case.name} {fault.subject}", f"case {case.name!r}: {fault.message}", _LAYOUT
        )
    if len(faults) > _MOST_FAULTS:
        message = f"case {case.name!r}: and {len(faults) - _MOST_FAULTS} more faults like these"
        yield Breach(contract, "layout", f"{case.name} more", message, _LAYOUT)


def _controls(
    contract: FileContract, case: Case, records: Sequence[Record], in_database: Mapping[str, str]
) -> Iterator[Breach]:
    for control in contract.controls:
        totals = dict(_totals(control, records, in_database))
        if max(totals.values()) - min(totals.values()) > Decimal(str(control.tolerance)):
            said = ", ".join(f"{source} {value}" for source, value in totals.items())
            message = f"case {case.name!r}: control total {control.name!r} does not agree: {said}"
            remedy = (
                "find which of them is wrong: rows the file leaves out or counts twice, a wrong trailer, or the SQL"
            )
            yield Breach(contract, "control-total", f"{case.name} {control.name}", message, remedy)


def _totals(
    control: Control, records: Sequence[Record], in_database: Mapping[str, str]
) -> Iterator[tuple[str, Decimal]]:
    if control.stated:
        kind, _, name = control.stated.partition(".")
        yield "the file states", _sum(record.values.get(name) for record in records if record.kind == kind)
    if control.sum or control.count:
        kind, _, name = (control.sum or control.count or "").partition(".")
        chosen = [record for record in records if record.kind == kind and _has(record, control.where)]
        if control.count:
            yield "its records count to", Decimal(len(chosen))
        else:
            yield "its records sum to", _sum(record.values.get(name) for record in chosen)
    if control.sql:
        yield "the database holds", Decimal(in_database[control.name])


def _sum(values: Any) -> Decimal:
    return sum((Decimal(str(value)) for value in values if value is not None), Decimal())


def _expectations(contract: FileContract, case: Case, records: Sequence[Record]) -> Iterator[Breach]:
    for wanted, must_be in (*((each, True) for each in case.expect), *((each, False) for each in case.absent)):
        kind = wanted["record"]
        values = {name: value for name, value in wanted.items() if name != "record"}
        found = any(record.kind == kind and _has(record, values) for record in records)
        if found is not must_be:
            said = ", ".join(f"{name} {value}" for name, value in values.items())
            message = f"case {case.name!r}: the file has {'no' if must_be else 'a'} {kind} with {said}"
            remedy = (
                "follow these records through the code that collects them: day, time zone, cut-off, archived people"
            )
            yield Breach(contract, "case", f"{case.name} {kind} {said}", message, remedy)


def _has(record: Record, values: Mapping[str, Any]) -> bool:
    return all(name in record.values and same(record.values[name], value) for name, value in values.items())


def _twice(contract: FileContract, case: Case, first: bytes, second: bytes) -> Iterator[Breach]:
    if first == second:
        return
    place = next(
        (n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )
    line = first[:place].count(b"\n") + 1
    message = f"case {case.name!r}: made twice from the same data the file differs, first in line {line}"
    remedy = "order the records by a key, and write no time and no random number into the file"
    yield Breach(contract, "not-identical", f"{case.name} twice", message, remedy)
