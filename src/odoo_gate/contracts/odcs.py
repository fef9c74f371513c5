"""Contracts on data in the Open Data Contract Standard.

What the standard has no word for stands in its `customProperties`, each validated here as strictly as the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Annotated, Any, Literal

from open_data_contract_standard.model import (
    CustomProperty,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
)
from pydantic import BeforeValidator

from odoo_gate.contracts.data_promises import (
    BiContract,
    Case,
    Changes,
    Control,
    FileContract,
    FileForm,
    Production,
    Total,
)
from odoo_gate.contracts.errors import ContractError
from odoo_gate.contracts.promises import FieldName, Line, Part
from odoo_gate.contracts.wording import validated


class _FileProperties(Part):
    consumer: Line
    owner: Line
    kind: Literal["file"]
    form: FileForm
    production: Production
    cases: tuple[Case, ...]
    controls: tuple[Control, ...]


class _BiProperties(Part):
    consumer: Line
    owner: Line
    kind: Literal["bi"]
    grants: tuple[str, ...]
    unreadable: tuple[FieldName, ...] = ()
    totals: tuple[Total, ...]
    changes: Changes | None = None


class _RecordProperties(Part):
    identifier: Annotated[str, BeforeValidator(str)] = ""
    occurs: Annotated[str, BeforeValidator(str)] = "0..n"


class _ColumnProperties(Part):
    width: int | None = None
    scale: int = 0
    sign: str = "negative"
    fill: str = "zero"
    align: str = "left"
    pattern: str = ""


class _RelationProperties(Part):
    query: str = ""
    incremental: str = ""


def read_odcs(data: dict[str, Any], name: str) -> FileContract | BiContract:
    """The contract that an ODCS document `data` holds; `name` is its file.

    Raises ContractError: also when the document breaks the standard's own JSON schema.
    """
    document = validated(OpenDataContractStandard, data, name)
    _require_standard(data, name)
    properties = _properties(document.customProperties, name)
    kind = properties.get("kind")
    if kind not in ("file", "bi"):
        raise ContractError(
            f"{name}: customProperties.kind is {kind!r}", hint="say what the data is: property: kind, value: file or bi"
        )
    if not document.schema_:
        raise ContractError(f"{name}: schema is empty", hint="describe at least one record or relation")
    return _file(document, properties, name) if kind == "file" else _bi(document, properties, name)


def _require_standard(data: dict[str, Any], name: str) -> None:
    import jsonschema
    from jsonschema.exceptions import best_match

    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8"))
    error = best_match(jsonschema.Draft201909Validator(schema).iter_errors(data))
    if error is not None:
        raise ContractError(
            f"{name}: {error.json_path}: {error.message[:300]}",
            hint="keep to the Open Data Contract Standard, so that other tools read the contract too",
        )


def _properties(properties: Iterable[CustomProperty] | None, place: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in properties or ():
        if each.property is None or each.property in found:
            raise ContractError(f"{place}: customProperties name {each.property!r} twice", hint="write it once")
        found[each.property] = each.value
    return found


def _file(document: OpenDataContractStandard, properties: dict[str, Any], name: str) -> FileContract:
    said = validated(_FileProperties, properties, f"{name}: customProperties")
    records = [_record(each, f"{name}: schema.{each.name}") for each in document.schema_ or ()]
    facts = {key: getattr(said, key) for key in ("consumer", "owner", "form", "production", "cases", "controls")}
    return validated(FileContract, {"id": document.id, "records": records, **facts}, name)


def _record(schema: SchemaObject, place: str) -> dict[str, Any]:
    said = validated(_RecordProperties, _properties(schema.customProperties, place), place)
    columns = [_column(each, f"{place}.{each.name}") for each in schema.properties or ()]
    return {"name": schema.name, "identifier": said.identifier, "occurs": said.occurs, "columns": columns}


def _column(schema: SchemaProperty, place: str) -> dict[str, Any]:
    said = validated(_ColumnProperties, _properties(schema.customProperties, place), place)
    options = schema.logicalTypeOptions or {}
    pattern = said.pattern or options.get("pattern", "")
    values = [str(each.value) for each in schema.enum or ()]
    return {
        "name": schema.name,
        "type": schema.logicalType or "string",
        "format": options.get("format", ""),
        "required": bool(schema.required),
        "values": values,
        **said.model_dump(),
        "pattern": pattern,
    }


def _bi(document: OpenDataContractStandard, properties: dict[str, Any], name: str) -> BiContract:
    said = validated(_BiProperties, properties, f"{name}: customProperties")
    roles = [role.role for role in document.roles or ()]
    if len(roles) != 1:
        raise ContractError(f"{name}: roles names {len(roles)} roles", hint="name the one that BI logs in as")
    relations = [_relation(each, f"{name}: schema.{each.name}") for each in document.schema_ or ()]
    facts = {key: getattr(said, key) for key in ("consumer", "owner", "grants", "unreadable", "totals", "changes")}
    return validated(BiContract, {"id": document.id, "role": roles[0], "relations": relations, **facts}, name)


def _relation(schema: SchemaObject, place: str) -> dict[str, Any]:
    said = validated(_RelationProperties, _properties(schema.customProperties, place), place)
    columns = [
        {"name": each.name, "type": each.physicalType, "required": bool(each.required), "key": bool(each.primaryKey)}
        for each in schema.properties or ()
    ]
    return {"name": schema.physicalName or schema.name, "columns": columns, **said.model_dump()}
