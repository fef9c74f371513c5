"""The catalogue of checks as Markdown."""

from __future__ import annotations

import re

from odoo_gate.catalogue import Entry, Family, families
from odoo_gate.invariants import INVARIANTS
from odoo_gate.report.families import FAMILIES, question, who_acts


def checks() -> str:
    """Every family in the order of the report, every check with what it asks, why, what fails and what to do."""
    return "\n\n".join(map(_family, _in_order()))


def families_table() -> str:
    """A table of the families: what each asks, and the page about it."""
    lines = ["| family | question | how to |", "|---|---|---|"]
    lines += [
        f"| [`{family.name}`](checks.md#{_heading_anchor(family.title)}) | {question(family.name)} "
        f"| [{family.title}]({family.page}) |"
        for family in _in_order()
    ]
    return "\n".join(lines)


def invariants() -> str:
    """A table of the invariants, each a check of migration."""
    lines = ["| id | question | what makes it fail |", "|---|---|---|"]
    for family in families():
        lines += [
            f"| `{_name(each)}` | {each.question} | {_cell(each.fails)} |"
            for each in family.entries
            if _is_invariant(each)
        ]
    return "\n".join(lines)


def _in_order() -> list[Family]:
    order = list(FAMILIES)
    return sorted(families(), key=lambda family: order.index(family.name))


def _family(family: Family) -> str:
    table = ["| check | asks | of |", "|---|---|---|"]
    table += [f"| [`{each.check}`](#{_anchor(each)}) | {each.question} | {each.target} |" for each in family.entries]
    who = f"Who must act: {who_acts(family.name)}."
    parts = [f"## {family.title}", family.intro.strip(), who, "\n".join(table), *map(_entry, family.entries)]
    return "\n\n".join(parts)


def _entry(entry: Entry) -> str:
    lines = [
        f"### {entry.check}",
        "",
        f"**{entry.question}** {entry.why}",
        "",
        f"- *Fails when* {entry.fails.rstrip('.')}.",
        f"- *What to do:* {entry.remedy.rstrip('.')}.",
    ]
    if entry.rules:
        lines.append(f"- *Rules:* {entry.rules}.")
    return "\n".join(lines)


def _is_invariant(entry: Entry) -> bool:
    return entry.family == "migration" and _name(entry) in INVARIANTS


def _name(entry: Entry) -> str:
    return entry.check.partition(".")[2]


def _anchor(entry: Entry) -> str:
    return _heading_anchor(entry.check)


def _heading_anchor(heading: str) -> str:
    """As Markdown's toc extension and GitHub make it of a heading."""
    return re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
