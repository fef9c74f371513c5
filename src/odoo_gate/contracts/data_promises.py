"""What a contract on data promises: a file that leaves Odoo, or tables and views that BI reads."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from odoo_gate.contracts.promises import Domain, FieldName, GroupId, Head, Line, MethodName, ModelName, Part

CaseKind = Literal["ordinary", "month-end", "midnight", "correction", "leaver"]
FileType = Literal["string", "integer", "number", "date", "timestamp"]


class FileForm(Part):
    """How the bytes become lines and fields. `decimal` is the mark between whole and part, empty when implied."""

    format: Literal["fixed-width", "csv"]
    encoding: Line = "utf-8"
    line_end: Literal["lf", "crlf"] = "lf"
    separator: Annotated[str, Field(min_length=1, max_length=1)] = ";"
    quote: Annotated[str, Field(max_length=1)] = '"'
    header: bool = True
    decimal: Literal["", ".", ","] = ""


class Column(Part):
    """A field of a record. `width` in characters, fixed-width only; `scale` digits after the decimal mark.

    `sign`: always written, only when negative, or never. `fill`: what makes a number as wide as its column. `pattern`:
    a Python regular expression of the whole text.
    """

    name: FieldName
    type: FileType = "string"
    width: Annotated[int, Field(ge=1)] | None = None
    scale: Annotated[int, Field(ge=0, le=12)] = 0
    sign: Literal["always", "negative", "never"] = "negative"
    fill: Literal["zero", "blank"] = "zero"
    align: Literal["left", "right"] = "left"
    format: str = ""
    pattern: str = ""
    values: tuple[str, ...] = ()
    required: bool = False


class RecordForm(Part):
    """A kind of line. `identifier`: what its first characters (or its first field) are; `occurs` how often."""

    name: FieldName
    identifier: str = ""
    occurs: Literal["1", "0..1", "0..n", "1..n"] = "0..n"
    columns: tuple[Column, ...] = Field(min_length=1)


class Production(Part):
    """How the file is made, inside Odoo: `method` of `model`, then its bytes in `field`, `attachment` or `returned`.

    `again`: the methods that make it once more from the same data (default: `method` itself). `groups`: who does it,
    the administrator when empty.
    """

    model: ModelName
    method: MethodName
    arguments: dict[str, Any] = Field(default_factory=dict)
    field: FieldName | None = None
    attachment: Line | None = None
    returned: bool = False
    again: tuple[MethodName, ...] = ()
    groups: tuple[GroupId, ...] = ()

    @model_validator(mode="after")
    def _one_carrier(self) -> Production:
        if sum((self.field is not None, self.attachment is not None, self.returned)) != 1:
            raise ValueError("names where the bytes are by exactly one of field, attachment and returned")
        return self


class Case(Part):
    """A situation the file is made in: `function(env, say)` of `script` sets it up, or `records` are there already.

    The function returns {"ids": [...], parameters of the controls' SQL ...}. `expect`: for each, a record of the file
    that has these values; `absent`: none has.
    """

    name: Line
    covers: CaseKind = "ordinary"
    script: str = ""
    function: MethodName = "set_up"
    records: Domain | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    expect: tuple[dict[str, Any], ...] = ()
    absent: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="after")
    def _one_origin(self) -> Case:
        if bool(self.script) == (self.records is not None):
            raise ValueError("comes from exactly one of script and records")
        for wanted in (*self.expect, *self.absent):
            if "record" not in wanted:
                raise ValueError("expect and absent say which record they mean: {record: detail, ...}")
        return self


class Control(Part):
    """A control total: what the file states, what its records sum or count to, and what the database holds."""

    name: Line
    stated: Line | None = None
    sum: Line | None = None
    count: Line | None = None
    where: dict[str, Any] = Field(default_factory=dict)
    sql: str = ""
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0

    @model_validator(mode="after")
    def _two_sources(self) -> Control:
        if self.sum is not None and self.count is not None:
            raise ValueError("sums or counts, not both")
        if sum(map(bool, (self.stated, self.sum or self.count, self.sql))) < 2:
            raise ValueError("compares at least two of: stated, sum or count, sql")
        return self


class FileContract(Head):
    """A file that leaves Odoo."""

    kind: Literal["file"] = "file"
    form: FileForm
    records: tuple[RecordForm, ...] = Field(min_length=1)
    production: Production
    cases: tuple[Case, ...] = Field(min_length=1)
    controls: tuple[Control, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _widths(self) -> FileContract:
        for record in self.records:
            for column in record.columns:
                if (column.width is None) == (self.form.format == "fixed-width"):
                    raise ValueError(f"{record.name}.{column.name}: a width belongs to fixed-width, and only there")
        if len(self.records) > 1 and not all(record.identifier for record in self.records):
            raise ValueError("records of several kinds each need their identifier")
        names = {f"{record.name}.{column.name}" for record in self.records for column in record.columns}
        kinds = {record.name for record in self.records}
        for control in self.controls:
            for reference in filter(None, (control.stated, control.sum)):
                if reference not in names:
                    raise ValueError(f"control {control.name} names {reference}, which is no record.field here")
            if control.count is not None and control.count not in kinds:
                raise ValueError(f"control {control.name} counts {control.count}, which is no record here")
        return self


class BiColumn(Part):
    """A column: `type` as PostgreSQL writes it; `required` forbids NULL; `key` makes up what tells rows apart."""

    name: Line
    type: Line
    required: bool = False
    key: bool = False


class Relation(Part):
    """A table, a view, or a query of the BI tool. `incremental`: the column that tells what changed since."""

    name: FieldName
    query: str = ""
    columns: tuple[BiColumn, ...] = Field(min_length=1)
    incremental: str = ""

    @model_validator(mode="after")
    def _incremental_needs_key(self) -> Relation:
        names = {column.name for column in self.columns}
        if self.incremental and self.incremental not in names:
            raise ValueError(f"incremental names {self.incremental!r}, which is no column of {self.name}")
        if self.incremental and not any(column.key for column in self.columns):
            raise ValueError(f"{self.name} is extracted incrementally, and no column of it is primaryKey")
        return self


class Total(Part):
    """Rows of a key and a value that must be the same by `sql` and by `equals`: SQL, or `trial-balance`."""

    name: Line
    sql: Line
    equals: str
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.005


class Changes(Part):
    """`function(env, say)` of `script` changes what the relations show, as a day's work does."""

    script: Line
    function: MethodName = "change"


class BiContract(Head):
    """What BI reads from the database as PostgreSQL role `role`."""

    kind: Literal["bi"] = "bi"
    role: FieldName
    grants: tuple[str, ...] = Field(min_length=1)
    unreadable: tuple[FieldName, ...] = ()
    relations: tuple[Relation, ...] = Field(min_length=1)
    totals: tuple[Total, ...] = Field(min_length=1)
    changes: Changes | None = None

    @model_validator(mode="after")
    def _changes_for_incremental(self) -> BiContract:
        if any(relation.incremental for relation in self.relations) != (self.changes is not None):
            raise ValueError("changes are there exactly when a relation is extracted incrementally")
        return self
