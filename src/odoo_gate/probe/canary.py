"""One draft document in the canary company: made, read back and taken away again. Nothing is written anywhere else."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from odoo_gate.errors import SettingsError
from odoo_gate.model import Say
from odoo_gate.probe.model import Journey, Observed
from odoo_gate.probe.signed import SignedReport
from odoo_gate.probe.visitor import Spent, Unwell, Visitor
from odoo_gate.settings.probe import CanaryWrite

CANARY = "canary-write"
_MARK = "odoo-gate canary"
_REQUESTS = 24
"""More than making, reading back and taking away takes: a probe that has fewer left does not begin."""
_FORGOTTEN = timedelta(hours=1)
"""Age from which a document of ours was left by a probe that died; a younger one may be another probe's."""
_TIME = "%Y-%m-%d %H:%M:%S"
_RIGHTS = "let the probing user work in that company, with the rights of who makes such documents"


class Canary:
    """What one probe writes, and what it saw of that."""

    def __init__(self, visitor: Visitor, report: SignedReport, write: CanaryWrite | None, say: Say) -> None:
        self.journeys: list[Journey] = []
        self.observed: list[Observed] = []
        self.not_asked: list[str] = []
        self._visitor = visitor
        self._report = report
        self._settings = write
        self._say = say

    def write_and_undo(self) -> None:
        """Write if gate.toml says what and the signed policy says where; else say that it was not asked."""
        if self._settings is None:
            self.not_asked.append("writing: gate.toml has no [probe.canary]")
            return
        company = self._company()
        if not company:
            remedy = "name canary_company in the policy of this environment, or take [probe.canary] out of gate.toml"
            message = "the policy that was signed with the release names no canary company: nothing was written"
            self.observed.append(Observed("not-looked-at", message, CANARY, remedy))
            return
        if self._visitor.requests_left < _REQUESTS:
            message = f"only {self._visitor.requests_left} requests are left, too few to write and to take away again"
            self.observed.append(Observed("not-looked-at", message, CANARY, "raise max_requests in [probe]"))
            return
        started = time.perf_counter()
        wrongs = _tried(_Desk(self._visitor, self._settings, company))
        seconds = time.perf_counter() - started
        self.observed += [Observed(each.rule, each.message, CANARY, each.hint) for each in wrongs]
        self.journeys.append(Journey(CANARY, 1, int(bool(wrongs)), None if wrongs else seconds))
        self._say(f"{CANARY}: " + (wrongs[0].message if wrongs else f"{seconds:.2f} s"))

    def _company(self) -> str:
        try:
            return self._report.canary_company
        except SettingsError as error:
            self._say(f"{CANARY}: the signed policy cannot be read: {error.message}")
            return ""


class _Desk:
    """The company's documents of one model. Every method raises Unwell or Spent."""

    def __init__(self, visitor: Visitor, write: CanaryWrite, company: str) -> None:
        self.mark = f"{_MARK} {secrets.token_hex(6)}"
        self.model = write.model
        self.visitor = visitor
        self._write = write
        self._company_name = company
        self._company = 0
        self._fields: Mapping[str, Any] = {}

    def open(self) -> None:
        """Find the company, and see that documents of the model belong to one."""
        found = self.visitor.call(
            "res.company", "search_read", [], {"domain": [("name", "=", self._company_name)], "fields": ["name"]}
        )
        if len(found) != 1:
            message = f"the canary company {self._company_name!r} was found {len(found)} times: nothing was written"
            raise Unwell("refused", message, hint=_RIGHTS)
        self._company = int(found[0]["id"])
        self._fields = self._call("fields_get", [], {"attributes": ["type", "relation"]})
        needed = {"company_id": "many2one", self._write.key: "char"}
        wrong = [name for name, kind in needed.items() if self._fields.get(name, {}).get("type") != kind]
        if wrong:
            message = f"{self.model} has no {' and no '.join(wrong)} of its own: a document could not be told apart"
            raise Unwell("refused", message, hint="choose another model or key in [probe.canary]")

    def make(self) -> dict[str, Any]:
        """Create the document; returns what must be read back of it."""
        values = {name: self._value(name, told) for name, told in self._write.values.items()}
        told = {**values, self._write.key: self.mark, "company_id": self._company}
        self._call("create", [[told]], {"context": self._context})
        return told

    def read_back(self, told: Mapping[str, Any]) -> Iterator[Unwell]:
        """What is not as it was acknowledged."""
        asked = [*told, *(["state"] if self._has_state else [])]
        rows = self._call("search_read", [], {"domain": [(self._write.key, "=", self.mark)], "fields": asked})
        if len(rows) != 1:
            yield Unwell("canary-lost", f"the {self.model} that was made is there {len(rows)} times")
        for row in rows:
            read = {name: value[0] if isinstance(value, list) and value else value for name, value in row.items()}
            if read["company_id"] != self._company:
                message = f"{self.model} {row['id']} was made for {self._company_name} and is in another company"
                yield Unwell("canary-elsewhere", message, hint="find out what sets the company of new documents")
            if read.get("state", "draft") != "draft":
                message = f"{self.model} {row['id']} is {read['state']} as soon as it is made, no draft"
                yield Unwell("canary-lost", message, hint="find out what confirms new documents by itself")
            other = sorted(name for name in told if name != "company_id" and read[name] != told[name])
            if other:
                message = f"{self.model} {row['id']} does not hold what was written: {', '.join(other)}"
                yield Unwell("canary-lost", message)

    def forgotten(self) -> list[int]:
        """Documents that probes before this one left."""
        before = (self.visitor.server_time - _FORGOTTEN).strftime(_TIME)
        ours = [(self._write.key, "=like", f"{_MARK} %"), ("company_id", "=", self._company)]
        return self._open_ones([*ours, ("create_date", "<", before)])

    def made(self) -> list[int]:
        """The document of this probe, also when its creation was never answered, in whatever company it is."""
        return self._open_ones([(self._write.key, "=", self.mark)])

    def take_away(self, ids: list[int]) -> None:
        """Cancel them, if they have to be, and delete them."""
        if self._write.cancel:
            self._call(self._write.cancel, [ids], {})
        try:
            self._call("unlink", [ids], {})
        except Unwell as error:
            if not (self._write.cancel and error.rule == "refused"):
                raise  # a cancelled document may stay; one that is not must go

    @property
    def _has_state(self) -> bool:
        return "state" in self._fields

    def _open_ones(self, domain: list[Any]) -> list[int]:
        """Those that are not cancelled."""
        open_only = [("state", "!=", "cancel")] if self._has_state else []
        query = {"domain": [*domain, *open_only], "fields": ["company_id"]}
        return [int(row["id"]) for row in self._call("search_read", [], query)]

    def _value(self, name: str, told: str | float | bool) -> Any:
        """What `told` is in the database: a record is told by its name, and must be the only one of it."""
        relation = self._fields.get(name, {}).get("relation")
        if not (relation and isinstance(told, str)):
            return told
        found = self.visitor.call(
            relation,
            "search_read",
            [],
            {"domain": [("name", "=", told)], "fields": ["name"], "context": self._context},
        )
        if len(found) != 1:
            message = f"{relation} {told!r} was found {len(found)} times in {self._company_name}: nothing was written"
            raise Unwell("refused", message, hint="make it in the canary company, or correct [probe.canary]")
        return int(found[0]["id"])

    def _call(self, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return self.visitor.call(self.model, method, args, kwargs)

    @property
    def _context(self) -> dict[str, Any]:
        """Of that company alone: nothing is made for another one, or with what belongs to it."""
        return {"allowed_company_ids": [self._company]}


def _tried(desk: _Desk) -> list[Unwell]:
    """What went wrong from the first step to the last; whatever was made is taken away."""
    wrongs: list[Unwell] = []
    try:
        desk.open()
        if left := desk.forgotten():
            desk.take_away(left)
    except Unwell as error:
        return [error]
    try:
        wrongs += desk.read_back(desk.make())
    except Unwell as error:
        wrongs.append(error)
    except Spent as error:
        wrongs.append(Unwell("not-looked-at", f"the probe did not come to its end: {error.message}"))
    finally:
        wrongs += _undone(desk)
    return wrongs


def _undone(desk: _Desk) -> list[Unwell]:
    """Nothing when no document of this probe is left; limits of the probe do not hold for that."""
    hint = f"take it away by hand: {desk.model} with {desk.mark!r}"
    try:
        with desk.visitor.without_limits():
            if ids := desk.made():
                desk.take_away(ids)
            if left := desk.made():
                return [Unwell("canary-left", f"{desk.model} {left} is still there", hint=hint)]
    except (Unwell, Spent) as error:
        return [Unwell("canary-left", f"what was written could not be taken away: {error.message}", hint=hint)]
    return []
