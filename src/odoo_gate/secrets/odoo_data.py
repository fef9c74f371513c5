"""Secrets in what Odoo loads into its database: data XML with `ir.config_parameter` and its like, and CSV."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from xml.sax import SAXParseException, parseString
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from odoo_gate.secrets.secret import Secret, fingerprint
from odoo_gate.secrets.wording import is_placeholder, names_secret

_PARAMETER = "ir.config_parameter"
_KIND_PARAMETER = "a secret in a system parameter"
_KIND_FIELD = "a secret in a field of a record"


def secrets_in_xml(path: str, text: str) -> Iterator[Secret]:
    """Secrets that a data file writes into records. A file that is no XML has none here: it is scanned as text too."""
    reader = _DataXml()
    with suppress(SAXParseException):  # what came before the fault counts; that it is broken, modules.syntax says
        parseString(text.encode("utf-8", "replace"), reader)
    for line, kind, value in reader.found:
        yield Secret(kind, path, line, fingerprint(path, value))


def secrets_in_csv(path: str, text: str) -> Iterator[Secret]:
    """Secrets in columns whose header names one; for `ir.config_parameter.csv`, in the rows whose key does."""
    rows = csv.reader(io.StringIO(text))
    header = next(rows, [])
    columns = [number for number, name in enumerate(header) if names_secret(name)]
    is_parameters = path.rpartition("/")[2].startswith("ir.config_parameter") and {"key", "value"} <= set(header)
    for row in rows:
        cells = {number: row[number] for number in columns if number < len(row)}
        if is_parameters and len(row) == len(header) and names_secret(row[header.index("key")]):
            cells[header.index("value")] = row[header.index("value")]
        for value in cells.values():
            if not is_placeholder(value):
                yield Secret(_KIND_FIELD, path, rows.line_num, fingerprint(path, value))


@dataclass
class _Element:
    tag: str
    attributes: dict[str, str]
    line: int
    text: list[str] = field(default_factory=list)


class _DataXml(ContentHandler):
    """Reads `<record>` with its `<field>` children, and calls of `set_param`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str, str]] = []
        self._locator: Locator | None = None
        self._stack: list[_Element] = []
        self._fields: list[_Element] = []
        self._values: list[_Element] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        line = (self._locator.getLineNumber() if self._locator else None) or 1
        self._stack.append(_Element(name, {key: str(attrs[key]) for key in attrs.getNames()}, line))
        if name == "record":
            self._fields = []
        if name == "function":
            self._values = []

    def characters(self, content: str) -> None:
        if self._stack:
            self._stack[-1].text.append(content)

    def endElement(self, name: str) -> None:
        element = self._stack.pop()
        if name == "field":
            self._fields.append(element)
        elif name == "value":
            self._values.append(element)
        elif name == "record":
            self._record(element)
        elif name == "function" and element.attributes.get("name") == "set_param":
            self._set_param(element)

    def _record(self, record: _Element) -> None:
        if record.attributes.get("model") == _PARAMETER:
            named = {each.attributes.get("name", ""): each for each in self._fields}
            if {"key", "value"} <= named.keys() and names_secret(_literal(named["key"])):
                self._keep(named["value"], _KIND_PARAMETER)
            return
        for each in self._fields:
            if names_secret(each.attributes.get("name", "")):
                self._keep(each, _KIND_FIELD)

    def _set_param(self, call: _Element) -> None:
        if len(self._values) >= 2 and names_secret(_literal(self._values[0])):
            self._keep(self._values[1], _KIND_PARAMETER)
        arguments = _evaluated(call.attributes.get("eval", ""))
        match arguments:
            case (str(key), str(value), *_) if names_secret(key) and not is_placeholder(value):
                self.found.append((call.line, _KIND_PARAMETER, value))

    def _keep(self, element: _Element, kind: str) -> None:
        value = _literal(element)
        if not is_placeholder(value):
            self.found.append((element.line, kind, value))


def _literal(element: _Element) -> str:
    """The value an element gives as it stands; empty when Odoo computes it or looks it up."""
    if {"ref", "search", "file", "type"} & element.attributes.keys():
        return ""
    if "eval" in element.attributes:
        value = _evaluated(element.attributes["eval"])
        return value if isinstance(value, str) else ""
    return "".join(element.text).strip()


def _evaluated(expression: str) -> object:
    try:
        return ast.literal_eval(expression.strip())
    except (ValueError, SyntaxError):
        return None  # an expression: what it gives is not written here
