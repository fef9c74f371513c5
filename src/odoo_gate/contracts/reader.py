"""Reads a file by its contract alone. It shares nothing with the code that writes the file: that is its worth."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from odoo_gate.contracts.data_promises import Column, FileContract, FileForm, RecordForm

Value = str | int | Decimal | date | datetime | None

_LINE_ENDS = {"lf": "\n", "crlf": "\r\n"}
_FORMATS = (("yyyy", "%Y"), ("yy", "%y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))
_DEFAULT_FORMATS = {"date": "yyyy-MM-dd", "timestamp": "yyyy-MM-dd HH:mm:ss"}


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the file, by the names of its contract."""

    kind: str
    line: int
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the file is not as its contract says: `subject` is the record and field, without the line."""

    subject: str
    message: str


class _Unreadable(ValueError):
    """A text that is no value of its column."""


def read_file(contract: FileContract, content: bytes) -> tuple[list[Record], list[Fault]]:
    """Every record that can be read, and every fault."""
    records: list[Record] = []
    try:
        rows = list(_rows(contract.form, content))
    except (UnicodeDecodeError, csv.Error, _Unreadable) as error:
        return records, [Fault("file", f"the file cannot be read as {contract.form.encoding}: {error}")]
    faults: list[Fault] = []
    for number, row in rows:
        record = _record(contract, number, row, faults)
        if record is not None:
            records.append(record)
    faults.extend(_order(contract, records))
    faults.extend(_occurrences(contract, records))
    return records, faults


def _rows(form: FileForm, content: bytes) -> Iterator[tuple[int, str | list[str]]]:
    text = content.decode(form.encoding)
    end = _LINE_ENDS[form.line_end]
    if form.format == "csv":
        yield from _csv_rows(form, text, end)
        return
    lines = text.split(end)
    if lines.pop() != "":
        raise _Unreadable(f"its last line does not end with {form.line_end}")
    for number, line in enumerate(lines, 1):
        if "\r" in line or "\n" in line:
            raise _Unreadable(f"line {number} holds a line end that is not {form.line_end}")
        yield number, line


def _csv_rows(form: FileForm, text: str, end: str) -> Iterator[tuple[int, str | list[str]]]:
    bare = text.replace(end, "")
    if "\r" in bare or (form.line_end == "crlf" and "\n" in bare):
        raise _Unreadable(f"a line does not end with {form.line_end}")
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=form.separator,
        quotechar=form.quote or None,
        quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
        strict=True,
    )
    for row in reader:
        yield reader.line_num, row


def _record(contract: FileContract, number: int, row: str | list[str], faults: list[Fault]) -> Record | None:
    if contract.form.format == "csv" and contract.form.header and number == 1:
        names = [column.name for column in contract.records[0].columns]
        if row != names:
            faults.append(Fault("header", f"the header names {', '.join(row)}, not {', '.join(names)}"))
        return None
    form = _form_of(contract.records, row)
    if form is None:
        shown = row[:20] if isinstance(row, str) else contract.form.separator.join(row)[:20]
        faults.append(Fault("line", f"line {number} is no known record: {shown!r}"))
        return None
    texts = _fixed(form, row) if isinstance(row, str) else _separated(form, row)
    if isinstance(texts, str):
        faults.append(Fault(form.name, f"line {number}: {texts}"))
        return None
    values: dict[str, Value] = {}
    for column, text in zip(form.columns, texts, strict=True):
        try:
            values[column.name] = _value(column, text, contract.form)
        except _Unreadable as error:
            faults.append(Fault(f"{form.name}.{column.name}", f"line {number}: {form.name}.{column.name} {error}"))
    return Record(form.name, number, values)


def _form_of(forms: Sequence[RecordForm], row: str | list[str]) -> RecordForm | None:
    for form in forms:
        if isinstance(row, str):
            if row.startswith(form.identifier):
                return form
        elif not form.identifier or (row and row[0] == form.identifier):
            return form
    return None


def _fixed(form: RecordForm, line: str) -> list[str] | str:
    """The texts of the fields; a sentence when the line has another length."""
    widths = [column.width or 0 for column in form.columns]
    if len(line) != sum(widths):
        return f"{form.name} has {len(line)} characters, not {sum(widths)}"
    texts, start = [], 0
    for width in widths:
        texts.append(line[start : start + width])
        start += width
    return texts


def _separated(form: RecordForm, row: list[str]) -> list[str] | str:
    if len(row) != len(form.columns):
        return f"{form.name} has {len(row)} fields, not {len(form.columns)}"
    return row


def _value(column: Column, text: str, form: FileForm) -> Value:
    raw = text
    if column.pattern and not re.fullmatch(column.pattern, raw):
        raise _Unreadable(f"is {raw!r}, not of the pattern {column.pattern}")
    if column.width is not None and column.type == "string":
        text = _stripped(column, text)
    elif column.type != "string":
        text = text.strip(" ")
    if not text:
        if column.required:
            raise _Unreadable("is empty")
        return "" if column.type == "string" else None
    if column.values and text not in column.values:
        raise _Unreadable(f"is {text!r}, not one of {', '.join(column.values)}")
    if column.type in ("integer", "number"):
        return _number(column, raw if column.width is not None else text, form)
    if column.type in ("date", "timestamp"):
        return _moment(column, text)
    return text


def _stripped(column: Column, text: str) -> str:
    """Without the blanks it is filled up with; blanks on the other side are a column's drift."""
    stripped = text.rstrip(" ") if column.align == "left" else text.lstrip(" ")
    if stripped != stripped.strip(" "):
        raise _Unreadable(f"is {text!r}, which is not aligned {column.align}")
    return stripped


def _number(column: Column, text: str, form: FileForm) -> int | Decimal:
    sign = {"always": "[+-]", "negative": "-?", "never": ""}[column.sign]
    mark = re.escape(form.decimal)
    digits = rf"\d+{mark}\d{{{column.scale}}}" if column.scale and form.decimal else r"\d+"
    blanks = " *" if column.fill == "blank" else ""
    if not re.fullmatch(rf"(?a:{blanks}{sign}{digits}{blanks})", text):
        raise _Unreadable(f"is {text!r}, no {column.type} with its sign {column.sign} and {column.scale} decimals")
    value = Decimal(text.strip(" ").replace(form.decimal or ".", "."))
    if column.scale and not form.decimal:
        value = value.scaleb(-column.scale)
    return int(value) if column.type == "integer" else value


def _moment(column: Column, text: str) -> date | datetime:
    pattern = column.format or _DEFAULT_FORMATS[column.type]
    code = pattern
    for ours, theirs in _FORMATS:
        code = code.replace(ours, theirs)
    try:
        moment = datetime.strptime(text, code)  # the local time of the file
    except ValueError as error:
        raise _Unreadable(f"is {text!r}, no {column.type} as {pattern}") from error
    if moment.strftime(code) != text:
        raise _Unreadable(f"is {text!r}, no {column.type} as {pattern}")
    return moment.date() if column.type == "date" else moment


def _order(contract: FileContract, records: Sequence[Record]) -> Iterator[Fault]:
    """The kinds of records follow one another as the contract lists them."""
    places = {form.name: place for place, form in enumerate(contract.records)}
    for before, after in pairwise(records):
        if places[after.kind] < places[before.kind]:
            yield Fault(f"{after.kind} order", f"line {after.line}: {after.kind} comes after {before.kind}")
            return


def _occurrences(contract: FileContract, records: Sequence[Record]) -> Iterator[Fault]:
    for form in contract.records:
        number = sum(record.kind == form.name for record in records)
        least = 0 if form.occurs.startswith("0") else 1
        most = None if form.occurs.endswith("n") else 1
        if number < least or (most is not None and number > most):
            yield Fault(f"{form.name} occurs", f"there are {number} readable records {form.name}, not {form.occurs}")


def same(value: Any, wanted: Any) -> bool:
    """Whether a value read is what a contract writes: numbers by value, days as 2026-03-31."""
    if isinstance(value, int | Decimal):
        try:
            return Decimal(str(value)) == Decimal(str(wanted))
        except ArithmeticError:
            return False
    if isinstance(value, date):
        return value.isoformat() == str(wanted)
    return ("" if value is None else str(value)) == str(wanted)
