"""Whether a release keeps what it promised to systems that call it: fields, selections, methods, and real calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from odoo_gate.contracts.breaches import Answer, Breach
from odoo_gate.contracts.consumers import Consumers
from odoo_gate.contracts.doors import Door, Refused, open_door
from odoo_gate.contracts.promises import ApiContract, CallPromise, FieldPromise, MethodPromise
from odoo_gate.contracts.signatures import breaks, described, written
from odoo_gate.contracts.site import Site
from odoo_gate.model import Metric, Severity

_READ_ROWS = 3
_KEEP = (
    "keep it for a release beside what replaces it, or agree the change with the consumer and write the contract anew"
)


@dataclass(slots=True)
class _Tried:
    """What came of the calls of one contract."""

    breaches: list[Breach] = field(default_factory=list)
    calls: int = 0
    rows: int = 0


def ask_api(site: Site, contract: ApiContract, consumers: Consumers) -> Answer:
    """`contracts.api` for one contract: what Odoo says of it, then every call of it through every door."""
    told = [*_described(contract, consumers)]
    tried = _Tried()
    problem = consumers.problems.get(contract.id)
    if problem is not None:
        remedy = "name groups that the release has: their external ids, in user.groups"
        told.append(Breach(contract, "no-user", "user", f"its user cannot be made: {problem}", remedy))
    else:
        for name in contract.doors:
            try:
                door = open_door(name, site.server, consumers.accounts[contract.id])
            except Refused as error:
                remedy = "open this way in again, or agree with the consumer which one it shall use"
                message = f"nobody gets in by {name}: {error}"
                tried.breaches.append(Breach(contract, "door-closed", f"door {name}", message, remedy))
                continue
            _try_calls(door, name, contract, consumers, tried)
    if tried.calls and not tried.rows:
        tried.breaches.append(_nothing_read(contract))
    metrics = (Metric(f"{contract.id}-calls", tried.calls, "1"), Metric(f"{contract.id}-rows", tried.rows, "1"))
    return Answer(contract, (*told, *tried.breaches), tried.calls, metrics)


def readable_fields(contract: ApiContract, model: str, consumers: Consumers) -> list[str]:
    """The promised fields that are there: what a call can ask for."""
    facts = consumers.models.get(model)
    return [name for name in contract.models[model].fields if facts and name in facts["fields"]]


def _described(contract: ApiContract, consumers: Consumers) -> Iterator[Breach]:
    for model, promise in contract.models.items():
        facts = consumers.models.get(model)
        if facts is None:
            message = f"there is no model {model}"
            yield Breach(contract, "model-missing", f"model {model}", message, _KEEP)
            continue
        for name, wanted in promise.fields.items():
            yield from _field(contract, f"{model}.{name}", wanted, facts["fields"].get(name))
        for name, method in promise.methods.items():
            yield from _method(contract, f"{model}.{name}", method, facts["methods"].get(name))


def _field(contract: ApiContract, name: str, wanted: FieldPromise, real: Mapping[str, Any] | None) -> Iterator[Breach]:
    subject = f"field {name}"
    if real is None:
        yield Breach(contract, "field-missing", subject, f"there is no field {name}", _KEEP)
        return
    if real["type"] != wanted.type:
        message = f"{name} is of type {real['type']}, not {wanted.type}"
        yield Breach(contract, "field-type", subject, message, _KEEP)
    if wanted.relation and real.get("relation") != wanted.relation:
        message = f"{name} refers to {real.get('relation') or 'nothing'}, not to {wanted.relation}"
        yield Breach(contract, "field-relation", subject, message, _KEEP)
    if not wanted.values:
        return
    values = [str(key) for key, _ in real.get("selection") or ()]
    for value in wanted.values:
        if value not in values:
            message = f"{name} does not know the value {value!r} any more; it knows {', '.join(values) or 'none'}"
            yield Breach(contract, "selection-value-missing", f"{subject} value {value}", message, _KEEP)
    added = [value for value in values if value not in wanted.values]
    if added:
        message = f"{name} has values the consumer was not told of: {', '.join(added)}"
        remedy = "tell the consumer, then add them to the contract"
        yield Breach(contract, "selection-value-new", subject, message, remedy, Severity.NOTE)


def _method(
    contract: ApiContract, name: str, wanted: MethodPromise, real: Mapping[str, Any] | None
) -> Iterator[Breach]:
    subject = f"method {name}"
    if real is None:
        yield Breach(contract, "method-missing", subject, f"there is no method {name}", _KEEP)
        return
    if real["private"]:
        yield Breach(contract, "method-private", subject, f"{name} cannot be called from outside", _KEEP)
    if wanted.takes and real["takes"] != wanted.takes:
        message = f"{name} is called on {real['takes']}, not on {wanted.takes}"
        yield Breach(contract, "method-takes", subject, message, _KEEP)
    signature = described(real["parameters"])
    reasons = list(breaks(wanted.parameters, signature))
    if reasons:
        message = f"{name}{written(signature)} {'; it '.join(reasons)}; promised is {wanted.signature}"
        yield Breach(contract, "method-signature", subject, message, _KEEP)


def _try_calls(door: Door, name: str, contract: ApiContract, consumers: Consumers, tried: _Tried) -> None:
    for model, promise in contract.models.items():
        fields = readable_fields(contract, model, consumers)
        if fields:
            first = promise.domains[0] if promise.domains else []
            _try(
                door,
                name,
                contract,
                CallPromise(model=model, method="search_read", arguments=_read(first, fields)),
                tried,
            )
        for domain in promise.domains:
            arguments = {"domain": domain, "fields": ["id"], "limit": 1}
            _try(door, name, contract, CallPromise(model=model, method="search_read", arguments=arguments), tried)
    for call in contract.calls:
        _try(door, name, contract, call, tried)


def read_arguments(contract: ApiContract, model: str, consumers: Consumers) -> dict[str, Any] | None:
    """The arguments of the reading that stands for the model; None when no field of it is promised."""
    fields = readable_fields(contract, model, consumers)
    domains = contract.models[model].domains
    return _read(domains[0] if domains else [], fields) if fields else None


def _read(domain: list[Any], fields: list[str]) -> dict[str, Any]:
    return {"domain": domain, "fields": fields, "limit": _READ_ROWS}


def _try(door: Door, name: str, contract: ApiContract, call: CallPromise, tried: _Tried) -> None:
    what = f"{call.model}.{call.method}"
    subject = f"call {name} {what} {call.records or ''} {call.arguments.get('domain', '')}"
    try:
        ids = records_of(door, call)
        if ids == []:
            message = f"{what} could not be tried by {name}: there is no {call.model} with {call.records}"
            remedy = "search for records that the data has, or add an archetype file to [data]"
            tried.breaches.append(Breach(contract, "no-records", subject, message, remedy))
            return
        answer = door.call(call.model, call.method, ids, call.arguments)
    except Refused as error:
        message = f"{what} was refused by {name}: {error}"
        remedy = f"make the call again by hand as a user of {', '.join(contract.user.groups)}"
        tried.breaches.append(Breach(contract, "call-refused", subject, message, remedy))
        return
    tried.calls += 1
    tried.rows += len(answer) if isinstance(answer, list) and call.method == "search_read" else 0
    missing = _missing_keys(call, answer)
    if missing:
        message = f"{what} answered by {name} without {', '.join(missing)}"
        tried.breaches.append(Breach(contract, "answer-incomplete", subject, message, _KEEP))


def records_of(door: Door, call: CallPromise) -> list[int] | None:
    """The ids a call is made on; None for a call on the model, empty when the data has none. Raises Refused."""
    if call.records is None:
        return None
    found = door.call(call.model, "search_read", None, {"domain": call.records, "fields": ["id"], "limit": call.limit})
    return [row["id"] for row in found]


def _missing_keys(call: CallPromise, answer: Any) -> list[str]:
    if call.method != "search_read" or not isinstance(answer, list):
        return []
    wanted = call.arguments.get("fields", [])
    return sorted({name for row in answer for name in wanted if name not in row})


def _nothing_read(contract: ApiContract) -> Breach:
    message = "not one record was read: every domain of it is empty on the data"
    remedy = "use domains that find records, or add an archetype file to [data] that makes some"
    return Breach(contract, "nothing-read", "rows", message, remedy)
