"""Names of documents that an `ir.sequence` numbers: purchase orders, transfers, subcontracts, and what else there is.

Which sequence names which table follows from the database alone. Odoo asks for the next number by the sequence's
code, which begins or ends with the model's name; or the document's type holds the sequence, as an operation type does.
Journals number their entries otherwise: see `journal-sequences`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from odoo_gate.invariants.catalog import Catalog, ident, literal
from odoo_gate.invariants.definitions.technical import is_technical
from odoo_gate.invariants.model import Kind
from odoo_gate.invariants.question import Absent, Answer, Invariant, Question, Row, Source

_NAMES = ("name", "number", "reference", "code")
"""The columns in which Odoo's models, and those of others, keep a document's number."""
_TEXTS = ("character varying", "text")
_HOLDER = "sequence_id"
"""The column of a type of documents that says which sequence numbers them."""
_LEGEND = re.compile(r"%\((\w+)\)s")
_WITHIN: Mapping[str, tuple[str, ...]] = {"stock_lot": ("product_id",), "stock_production_lot": ("product_id",)}
"""Tables whose numbers may come again for another record: a maker's serial number is unique for its product."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A row of ir_sequence. `restarts`: it counts anew in every range of dates."""

    id: int
    code: str
    prefix: str
    suffix: str
    padding: int
    restarts: bool

    @property
    def gives_each_name_once(self) -> bool:
        """Numbers that begin anew give new names only where the date is a part of them."""
        return not self.restarts or bool(_LEGEND.search(self.prefix + self.suffix))

    @property
    def pattern(self) -> str:
        """What it gives, as a regular expression for PostgreSQL: any date, and at least as many digits as it pads."""
        digits = f"[0-9]{{{max(self.padding, 1)},}}"
        return f"^{_any_date(self.prefix)}{digits}{_any_date(self.suffix)}$"


def _any_date(text: str) -> str:
    parts = _LEGEND.split(text)[::2]
    return "[0-9]+".join(re.sub(r"([^\w\s])", r"\\\1", part) for part in parts)


def numbered_by_code(code: str, models: frozenset[str]) -> str:
    """The model a sequence of this code numbers; empty when none is to be told.

    `purchase.order` is the model's name, `purchase.requisition.blanket.order` begins with it, `picking.batch` ends
    the name of `stock.picking.batch`.
    """
    words = code.split(".")
    for length in range(len(words), 1, -1):
        beginning = ".".join(words[:length])
        if beginning in models:
            return beginning
    ending = [model for model in models if "." in code and model.endswith(f".{code}")]
    return ending[0] if len(ending) == 1 else ""


def _sequences(source: Source) -> tuple[Sequence, ...]:
    rows = source.fetch(
        "SELECT id, coalesce(code, ''), coalesce(prefix, ''), coalesce(suffix, ''), coalesce(padding, 0),"
        " coalesce(use_date_range, false) FROM ir_sequence ORDER BY id"
    )
    return tuple(found for row in rows if (found := Sequence(*row)).gives_each_name_once)


def _numbered_columns(source: Source) -> Iterator[tuple[str, str, Sequence]]:
    """(table, column that may hold the number, a sequence that numbers it)."""
    catalog, sequences = source.catalog, _sequences(source)
    for sequence in sequences:
        model = numbered_by_code(sequence.code, catalog.models)
        table = catalog.table_of(model) if model else None
        if table:
            yield from ((table, column, sequence) for column in _NAMES)
    known = {sequence.id: sequence for sequence in sequences}
    for holder, table in _typed_documents(catalog):
        held = source.fetch(f"SELECT DISTINCT {_HOLDER} FROM {ident(holder)} WHERE {_HOLDER} IS NOT NULL")
        yield from ((table, "name", known[found]) for (found,) in held if found in known)


def _typed_documents(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """(table of types that hold a sequence each, table of documents of such a type)."""
    types = {
        field.model: table
        for field in catalog.fields
        if field.name == _HOLDER and field.relation == "ir.sequence"
        if (table := catalog.table_of(field.model)) and catalog.has(f"{table}.{_HOLDER}")
    }
    for field in catalog.fields:
        if field.type != "many2one" or field.relation not in types or field.relation == field.model:
            continue
        documents = catalog.table_of(field.model)
        if documents and catalog.has(f"{documents}.{field.name}"):
            yield types[field.relation], documents


def _is_looked_at(catalog: Catalog, table: str, column: str) -> bool:
    """Texts of documents that no journal numbers; a translated name is not one that a sequence gave."""
    is_text = catalog.type_of(f"{table}.{column}") in _TEXTS
    by_journal = catalog.has(f"{table}.sequence_prefix")
    return is_text and not by_journal and not is_technical(table) and table not in catalog.transient_tables


def _duplicates(source: Source) -> Answer | Absent:
    """Numbers that more than one document of a company has."""
    patterns: dict[tuple[str, str], set[str]] = {}
    for table, column, sequence in _numbered_columns(source):
        if _is_looked_at(source.catalog, table, column):
            patterns.setdefault((table, column), set()).add(sequence.pattern)
    if not patterns:
        return Absent("no ir.sequence numbers the records of a table")
    rows: list[Row] = []
    examined = 0
    for (table, column), numbers in sorted(patterns.items()):
        looked_at, found = _duplicates_in(source, table, column, "|".join(sorted(numbers)))
        examined += looked_at
        rows.extend(found)
    return Answer(rows, ["value"], examined)


def _duplicates_in(source: Source, table: str, column: str, pattern: str) -> tuple[int, list[Row]]:
    """How many records have a number of a sequence in the column, and the numbers that more than one has."""
    within = [name for name in ("company_id", *_WITHIN.get(table, ())) if source.catalog.has(f"{table}.{name}")]
    numbered = f"{ident(table)} WHERE {ident(column)} ~ {literal(pattern)}"
    groups = ", ".join(ident(name) for name in (*within, column))
    place = "".join(f"'{name.removesuffix('_id')} ', {ident(name)}, ', ', " for name in within)
    found = source.fetch(
        f"SELECT concat({place}{literal(table + ' ')}, {ident(column)}), count(*)"
        f" FROM {numbered} GROUP BY {groups} HAVING count(*) > 1"
    )
    return source.number(f"SELECT count(*) FROM {numbered}"), found


DOCUMENT_NAMES = Invariant(
    "document-names",
    "No two documents have the same number of a sequence",
    (
        Question(
            "duplicates",
            Kind.HOLDS,
            "is the number of {value} records",
            ask=_duplicates,
            needs=("ir_sequence.prefix", "ir_sequence.use_date_range"),
            remedy="give all but one of them the next number of the sequence",
        ),
    ),
)

NUMBERING = (DOCUMENT_NAMES,)
