"""Access rights and record rules, read from the CSV and XML data of an addon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from odoo_gate.security.code.facts import AccessRow, RecordRule, reference
from odoo_gate.security.code.source import AddonSource, CsvFile, XmlFile

_FALSE = frozenset({"", "0", "false", "no", "none"})
_REFS = re.compile(r"""ref\(\s*['"]([\w.]+)['"]""")
_MODEL_SEARCH = re.compile(r"""\(\s*['"]model['"]\s*,\s*['"](?:=|in)['"]\s*,\s*\[?\s*['"]([\w.]+)['"]""")
_LOADED_ROOTS = ("odoo", "openerp", "data")


def access_rows(addon: AddonSource) -> Iterator[AccessRow]:
    """What an addon grants. Rows that say they are not active are left out."""
    for table in addon.access:
        yield from _from_table(addon.name, table)
    for file in addon.xml:
        for node, _ in records(file, "ir.model.access"):
            values = {each.get("name"): each for each in node.iterchildren("field")}
            if "active" in values and not _truth(values["active"]):
                continue
            yield AccessRow(
                addon=addon.name,
                path=file.path,
                line=node.sourceline,
                name=node.get("id", ""),
                model=_model(values.get("model_id")),
                group=_reference(values.get("group_id")),
                read=_truth(values.get("perm_read")),
                write=_truth(values.get("perm_write")),
                create=_truth(values.get("perm_create")),
                unlink=_truth(values.get("perm_unlink")),
            )


def record_rules(addon: AddonSource) -> Iterator[RecordRule]:
    """The record rules an addon brings or changes."""
    for file in addon.xml:
        for node, frozen in records(file, "ir.rule"):
            values = {each.get("name"): each for each in node.iterchildren("field")}
            yield RecordRule(
                addon=addon.name,
                path=file.path,
                line=node.sourceline,
                name=node.get("id", ""),
                model=_model(values.get("model_id")),
                domain=content(values.get("domain_force")),
                groups=tuple(_bare(name) for name in _REFS.findall(content(values.get("groups")))),
                frozen=frozen,
                extends="model_id" not in values,
            )


def records(file: XmlFile, model: str) -> Iterator[tuple[Any, bool]]:
    """The `<record>` elements of a model in a data file, each with whether it stands in `noupdate`."""
    if file.root.tag not in _LOADED_ROOTS:
        return
    for node in file.root.iter("record"):
        if node.get("model") == model:
            yield node, _in_noupdate(node)


def content(field: Any) -> str:
    """What a `<field>` is given: by reference, by an expression, or as text. One line."""
    if field is None:
        return ""
    written = field.get("ref") or field.get("eval") or field.get("search") or "".join(field.itertext())
    return " ".join(written.split())


def _in_noupdate(node: Any) -> bool:
    """The nearest element around it decides."""
    return next((each.get("noupdate") for each in node.iterancestors() if each.get("noupdate")), "0") in ("1", "True")


def _model(field: Any) -> str:
    """The external id of a model, without module, from `ref`, `search` or `eval`; empty when it cannot be told."""
    if field is None:
        return ""
    if field.get("ref"):
        return _bare(field.get("ref"))
    searched = _MODEL_SEARCH.search(field.get("search") or "")
    if searched:
        return reference(searched[1])
    return _reference(field)


def _reference(field: Any) -> str:
    if field is None:
        return ""
    if field.get("ref"):
        return _bare(field.get("ref"))
    found = _REFS.search(field.get("eval") or "")
    return _bare(found[1]) if found else ""


def _truth(field: Any) -> bool:
    return field is not None and _says_yes(field.get("eval") or "".join(field.itertext()))


def _says_yes(text: str) -> bool:
    return text.strip().lower() not in _FALSE


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


def _from_table(addon: str, table: CsvFile) -> Iterator[AccessRow]:
    for line, row in table.rows:
        values = {key.strip().replace("/", ":"): value.strip() for key, value in row.items()}
        if not values.get("id") or not _says_yes(values.get("active", "1")):
            continue
        yield AccessRow(
            addon=addon,
            path=table.path,
            line=line,
            name=values["id"],
            model=_bare(values.get("model_id:id", "")) or reference(values.get("model_id", "")),
            group=_bare(values.get("group_id:id", "") or values.get("group_id", "")),
            read=_says_yes(values.get("perm_read", "")),
            write=_says_yes(values.get("perm_write", "")),
            create=_says_yes(values.get("perm_create", "")),
            unlink=_says_yes(values.get("perm_unlink", "")),
        )
