"""What a new contract takes from those who rely on the old one, and what it only adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from odoo_gate.contracts.data_promises import BiContract, Column, FileContract, RecordForm, Relation
from odoo_gate.contracts.loader import Contract
from odoo_gate.contracts.promises import ApiContract, FieldPromise, ModelPromise
from odoo_gate.contracts.signatures import breaks


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `breaking` when a consumer that keeps to the old contract may fail by the new one."""

    contract: str
    breaking: bool
    what: str


def compare_contracts(old: Sequence[Contract], new: Sequence[Contract]) -> list[Change]:
    """Every change between two sets of contracts, paired by id, the breaking ones first."""
    by_id = {contract.id: contract for contract in new}
    found: list[Change] = []
    for contract in old:
        other = by_id.pop(contract.id, None)
        if other is None:
            found.append(Change(contract.id, True, "the contract is gone"))
        else:
            found.extend(Change(contract.id, breaking, what) for breaking, what in _changes(contract, other))
    found.extend(Change(id_, False, "the contract is new") for id_ in by_id)
    return sorted(found, key=lambda change: (not change.breaking, change.contract))


_Told = Iterator[tuple[bool, str]]


def _changes(old: Contract, new: Contract) -> _Told:
    if isinstance(old, ApiContract) and isinstance(new, ApiContract):
        yield from _api(old, new)
    elif isinstance(old, FileContract) and isinstance(new, FileContract):
        yield from _file(old, new)
    elif isinstance(old, BiContract) and isinstance(new, BiContract):
        yield from _bi(old, new)
    else:
        yield True, "it is a contract of another kind"


def _kept(what: str, old: Mapping[str, Any] | Sequence[str], new: Mapping[str, Any] | Sequence[str]) -> _Told:
    """What is gone breaks, what is added does not."""
    yield from ((True, f"{what} {name} is gone") for name in old if name not in new)
    yield from ((False, f"{what} {name} is new") for name in new if name not in old)


def _api(old: ApiContract, new: ApiContract) -> _Told:
    yield from _kept("door", old.doors, new.doors)
    yield from _kept("model", old.models, new.models)
    for name in old.models.keys() & new.models.keys():
        yield from _model(name, old.models[name], new.models[name])
    for model in {*old.user.may, *new.user.may}:
        before, after = old.user.may.get(model, ()), new.user.may.get(model, ())
        yield from _kept(f"right on {model} to", before, after)
    if new.latency.budget_ms != old.latency.budget_ms:
        said = f"latency budget {old.latency.budget_ms:g} ms becomes {new.latency.budget_ms:g} ms"
        yield new.latency.budget_ms > old.latency.budget_ms, said


def _model(name: str, old: ModelPromise, new: ModelPromise) -> _Told:
    yield from _kept("field", _names(name, old.fields), _names(name, new.fields))
    for field in old.fields.keys() & new.fields.keys():
        yield from _field(f"{name}.{field}", old.fields[field], new.fields[field])
    yield from _kept("method", _names(name, old.methods), _names(name, new.methods))
    for method in old.methods.keys() & new.methods.keys():
        before, after = old.methods[method], new.methods[method]
        reasons = list(breaks(before.parameters, after.parameters))
        if reasons:
            yield True, f"method {name}.{method} {'; it '.join(reasons)}"
        elif before.parameters != after.parameters:
            yield False, f"method {name}.{method} is {after.signature}, was {before.signature}"
        if before.takes and after.takes != before.takes:
            yield True, f"method {name}.{method} takes {after.takes or 'unsaid'}, took {before.takes}"


def _field(name: str, old: FieldPromise, new: FieldPromise) -> _Told:
    if old.type != new.type:
        yield True, f"field {name} is of type {new.type}, was {old.type}"
    if old.relation and new.relation != old.relation:
        yield True, f"field {name} refers to {new.relation or 'anything'}, referred to {old.relation}"
    yield from _kept(f"field {name} value", old.values, new.values)


def _file(old: FileContract, new: FileContract) -> _Told:
    if old.form != new.form:
        yield True, f"the form is {_differing(old.form, new.form)}"
    before, after = [each.name for each in old.records], [each.name for each in new.records]
    if before != after:
        yield True, f"the records are {', '.join(after)}, were {', '.join(before)}"
    for record in old.records:
        other = next((each for each in new.records if each.name == record.name), None)
        if other is not None:
            yield from _record(record, other, named=old.form.format == "csv" and old.form.header)
    yield from _kept("control total", [each.name for each in old.controls], [each.name for each in new.controls])
    yield from ((False, what) for _, what in _kept("case", *([each.name for each in it.cases] for it in (old, new))))


def _record(old: RecordForm, new: RecordForm, *, named: bool) -> _Told:
    if (old.identifier, old.occurs) != (new.identifier, new.occurs):
        yield True, f"record {old.name} is {new.identifier!r} {new.occurs}, was {old.identifier!r} {old.occurs}"
    before, after = [each.name for each in old.columns], [each.name for each in new.columns]
    if before != after:
        appended = after[: len(before)] == before
        what = f"record {old.name} has fields {', '.join(after)}, had {', '.join(before)}"
        yield not (appended and named), what
    for one in old.columns:
        two = next((each for each in new.columns if each.name == one.name), None)
        if two is not None and one != two:
            yield _column_breaks(one, two), f"field {old.name}.{one.name} is {_differing(one, two)}"


def _column_breaks(old: Column, new: Column) -> bool:
    """A reader copes with less than it was told to expect: with fewer values, and with none empty."""
    ignored = {"values", "required"}
    if old.model_dump(exclude=ignored) != new.model_dump(exclude=ignored):
        return True
    fewer = set(new.values) <= set(old.values) and bool(new.values) if old.values else True
    return not fewer or (old.required and not new.required)


def _bi(old: BiContract, new: BiContract) -> _Told:
    if old.role != new.role:
        yield True, f"the role is {new.role}, was {old.role}"
    yield from _kept("relation", [each.name for each in old.relations], [each.name for each in new.relations])
    for relation in old.relations:
        other = next((each for each in new.relations if each.name == relation.name), None)
        if other is not None:
            yield from _relation(relation, other)
    yield from _kept("total", [each.name for each in old.totals], [each.name for each in new.totals])


def _relation(old: Relation, new: Relation) -> _Told:
    before, after = ({column.name: column for column in each.columns} for each in (old, new))
    yield from _kept("column", _names(old.name, before), _names(old.name, after))
    for name in before.keys() & after.keys():
        if before[name].type != after[name].type:
            yield True, f"column {old.name}.{name} is {after[name].type}, was {before[name].type}"
        if before[name].required != after[name].required:
            said = "required" if after[name].required else "not required"
            yield before[name].required, f"column {old.name}.{name} is {said} now"
    if old.incremental != new.incremental:
        yield bool(old.incremental), f"{old.name} is extracted by {new.incremental or 'full'}, was {old.incremental}"


def _names(owner: str, names: Mapping[str, Any]) -> list[str]:
    return [f"{owner}.{name}" for name in names]


def _differing(old: Any, new: Any) -> str:
    before, after = old.model_dump(), new.model_dump()
    return ", ".join(f"{key} {after[key]!r} (was {before[key]!r})" for key in before if before[key] != after[key])
