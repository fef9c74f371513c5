"""Counting queries: every call at several sizes, by one person alone on the server, so that the count is exact."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from odoo_gate.errors import StackError
from odoo_gate.load.caller import Caller
from odoo_gate.load.documents import Call, Document, documents
from odoo_gate.load.growth import SIZES, Growth, Pages, Statement
from odoo_gate.load.lists import Rows, lists
from odoo_gate.load.request_log import LOG_OPTIONS
from odoo_gate.load.statements import Statements
from odoo_gate.model import Say, silent

_NO_LIMIT = str(64 << 30)
SINGLE_USER: Mapping[str, str] = {
    **LOG_OPTIONS,
    "workers": "1",
    "max_cron_threads": "0",
    "limit_request": "1000000",
    "limit_time_cpu": "3600",
    "limit_time_real": "3600",
    "limit_memory_soft": _NO_LIMIT,
    "limit_memory_hard": _NO_LIMIT,
}
"""One worker that nothing replaces, so that its caches are warm for every call after the first; no job beside it."""

_REPETITIONS = 2
"""Of the smallest size, which is compared exactly."""
_LOOKS = 2
"""How often doubtful pages are counted again, each time on fresh statistics of the tables."""
_FEWEST_ROWS = 20
"""A list with fewer tells no slope."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted on one release. `pages` by work at its smallest; `unread`: by model, why it has no list."""

    growths: tuple[Growth, ...]
    pages: Mapping[str, Pages]
    unread: Mapping[str, str]

    @property
    def small(self) -> dict[str, int]:
        """Queries of each call at its smallest size: of a usual document."""
        return {growth.what: growth.queries[min(growth.queries)] for growth in self.growths if not growth.field}

    def fewest(self, again: Sequence[Growth], pages: Mapping[str, Pages]) -> Counted:
        """This with what was counted once more: of two counts the fewer, for noise only adds."""
        recounted = {growth.what: growth for growth in again}
        growths = [
            growth.fewest(recounted[growth.what]) if growth.what in recounted else growth for growth in self.growths
        ]
        fewer = {name: found.fewest(pages[name]) if name in pages else found for name, found in self.pages.items()}
        return Counted(tuple(growths), fewer, self.unread)


@dataclass(frozen=True, slots=True)
class _Work:
    """Something that can be done with so many lines; each of its calls is counted under a name."""

    subject: Document | Rows
    field: str = ""

    @property
    def name(self) -> str:
        return self.subject.name if isinstance(self.subject, Document) else f"list of {self.subject.model}"

    def sizes(self, asked: Sequence[int]) -> tuple[int, ...]:
        """The sizes it can be done at: a list has as many rows as there are."""
        if isinstance(self.subject, Document):
            return tuple(asked)
        there = len(self.subject.ids)
        return tuple(sorted({min(size, there) for size in asked})) if there >= _FEWEST_ROWS else ()

    def do(self, caller: Caller, size: int) -> Iterator[tuple[Call, str]]:
        """Each call with the mark that its line in the log bears."""
        if isinstance(self.subject, Rows):
            rows = self.subject.of_field(self.field) if self.field else self.subject
            call = rows.call(size)
            yield call, caller.marked_call(call.model, call.method, call.arguments, {})[1]
            return
        calls = self.subject.calls(caller, size)
        answer = None
        while True:
            try:
                call = calls.send(answer)
            except StopIteration:
                return
            answer, mark = caller.marked_call(call.model, call.method, call.arguments, {})
            yield call, mark


class Counting:
    """Counts on one server. `statements` are those of its database; `series` such as `19.0`."""

    def __init__(self, caller: Caller, statements: Statements, modules: Iterable[str], series: str) -> None:
        self._caller = caller
        self._statements = statements
        self._modules = tuple(modules)
        self._series = series
        self._works: dict[str, _Work] = {}
        """By name, and by the title of each of their calls."""
        self._sizes: dict[str, tuple[int, ...]] = {}

    def count(self, sizes: Sequence[int] = SIZES, say: Say = silent) -> Counted:
        """The queries of every kind of document, and of every list of the modules and of the great models.

        Each at `sizes` lines. Other databases may be at work meanwhile. Raises StackError, TemplateError.
        """
        readable = lists(self._caller, self._modules, self._series, max(sizes))
        subjects: list[Document | Rows] = [*documents(self._caller), *readable.readable]
        say(f"counting the queries of {len(subjects)} documents and lists")
        works = [_Work(each) for each in subjects]
        return Counted(tuple(self._count(works, sizes)), {}, readable.refused)

    def count_again(self, titles: Collection[str]) -> list[Growth]:
        """The calls of these growths, and whatever belongs to the same work, once more. Raises as `count` does."""
        works = {self._works[title].name: self._works[title] for title in titles}
        sizes = {size for work in works.values() for size in self._sizes[work.name]}
        return self._count(works.values(), sorted(sizes))

    def pages(self) -> dict[str, Pages]:
        """The pages that each work that was counted goes through, at its smallest.

        Nothing else may be at work on the server. Raises StackError, TemplateError.
        """
        return {name: self._pages(name) for name in self._sizes}

    def pages_again(self, names: Collection[str]) -> dict[str, Pages]:
        """The fewest pages of these in several looks, each on fresh statistics. Raises as `pages` does."""
        found: dict[str, Pages] = {}
        for _ in range(_LOOKS):
            self._statements.refresh()
            for name in names:
                pages = self._pages(name)
                found[name] = found[name].fewest(pages) if name in found else pages
        return found

    def explain(self, growths: Sequence[Growth], tolerance: float, say: Say = silent) -> list[Growth]:
        """`growths` with the statement that ran again for each line; a list's by field, where one alone grows so.

        They are those that `count` gave. Raises StackError, TemplateError.
        """
        found = []
        for growth in growths:
            say(f"looking into {growth.what}")
            work = self._works[growth.what]
            alone = [each for each in self._count(_fields(work), sorted(growth.queries)) if each.per_line >= tolerance]
            found += [replace(each, statement=self._statement(each)) for each in alone or [growth]]
        return found

    def _count(self, works: Iterable[_Work], sizes: Sequence[int]) -> list[Growth]:
        """By work and call: the fewest queries of its repetitions at each size."""
        meant: dict[str, tuple[_Work, str, int]] = {}
        for work in works:
            possible = work.sizes(sizes)
            if possible and not work.field:
                self._works[work.name], self._sizes[work.name] = work, possible
            for size in possible[:1]:  # fills caches
                _exhaust(work.do(self._caller, size))
            for size in possible:
                for _ in range(_REPETITIONS if size == possible[0] else 1):
                    for call, mark in work.do(self._caller, size):
                        meant[mark] = (work, call.what, size)
        logged = self._caller.requests_of({mark: mark for mark in meant})
        if len({request.worker for request in logged.values()}) > 1:
            raise StackError(
                "Odoo replaced its worker while queries were counted: the new one's caches were cold",
                hint="read the server's log for why; run it again",
            )
        fewest: dict[tuple[_Work, str], dict[int, int]] = {}
        for mark, request in logged.items():
            work, what, size = meant[mark]
            by_size = fewest.setdefault((work, what), {})
            by_size[size] = min(request.queries, by_size.get(size, request.queries))
        growths = []
        for (work, what), by_size in fewest.items():
            growth = Growth(_title(work, what), by_size, work.field)
            self._works[growth.what] = work
            growths.append(growth)
        return growths

    def _pages(self, name: str) -> Pages:
        """Of the second time: the first fills the session's caches of the catalogue, which is made of pages, too."""
        work, size = self._works[name], min(self._sizes[name])
        self._lines(work, size)
        return self._statements.pages(lambda: self._lines(work, size))

    def _statement(self, growth: Growth) -> Statement | None:
        work = self._works[growth.what]
        few, many = min(growth.queries), max(growth.queries)
        return self._statements.once_a_line(lambda: self._lines(work, few), lambda: self._lines(work, many))

    def _lines(self, work: _Work, size: int) -> int:
        _exhaust(work.do(self._caller, size))
        return size


def _fields(work: _Work) -> list[_Work]:
    """A list once for each of its fields."""
    return [] if isinstance(work.subject, Document) else [replace(work, field=name) for name in work.subject.fields]


def _exhaust(calls: Iterator[tuple[Call, str]]) -> None:
    for _ in calls:
        pass


def _title(work: _Work, what: str) -> str:
    return f"{what} of {work.field}" if work.field else f"{what} ({work.name})"
