"""How long a consumer waits: the median of a few calls, against a budget that allows for a small machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from odoo_gate.contracts.api import read_arguments, records_of
from odoo_gate.contracts.breaches import Answer, Breach
from odoo_gate.contracts.consumers import Consumers
from odoo_gate.contracts.doors import Door, Refused, open_door
from odoo_gate.contracts.promises import ApiContract, CallPromise
from odoo_gate.contracts.site import Site
from odoo_gate.model import Metric

_WARM_UP = 1
_MS = 1000.0


def ask_latency(site: Site, contract: ApiContract, consumers: Consumers) -> Answer:
    """`contracts.latency` for one contract: its readings and its repeatable calls, through its first door."""
    if contract.id in consumers.problems:
        return Answer(contract, (_unmeasured(contract, consumers.problems[contract.id]),))
    times: dict[str, tuple[float, ...]] = {}
    try:
        door = open_door(contract.doors[0], site.server, consumers.accounts[contract.id])
        for call in _calls(contract, consumers):
            taken = _measured(door, call, contract.latency.calls)
            name = f"{call.model}.{call.method}"
            if taken and (name not in times or median(taken) > median(times[name])):
                times[name] = taken
    except Refused as error:
        return Answer(contract, (_unmeasured(contract, str(error)),))
    if not times:
        return Answer(contract, (_unmeasured(contract, "no call of it can be repeated"),))
    medians = {what: median(taken) for what, taken in times.items()}
    budget = contract.latency.budget_ms
    slow = tuple(
        Breach(
            contract,
            "too-slow",
            f"latency {what}",
            f"{what} takes {taken:.0f} ms by {contract.doors[0]}, more than {budget:.0f} ms: the median of "
            f"{contract.latency.calls} calls",
            "look at the queries of the call (odoo --log-sql), or agree another budget with the consumer",
        )
        for what, taken in medians.items()
        if taken > budget
    )
    metrics = (
        Metric(f"{contract.id}-slowest-median", max(medians.values()), "ms"),
        Metric(f"{contract.id}-budget", budget, "ms"),
    )
    return Answer(contract, slow, len(medians), metrics, times)


def _calls(contract: ApiContract, consumers: Consumers) -> Iterator[CallPromise]:
    for model in contract.models:
        arguments = read_arguments(contract, model, consumers)
        if arguments:
            yield CallPromise(model=model, method="search_read", arguments=arguments)
    yield from (call for call in contract.calls if call.repeatable)


def _measured(door: Door, call: CallPromise, times: int) -> tuple[float, ...]:
    """Milliseconds of each call; none when the data has no record to call on."""
    ids = records_of(door, call)
    if ids == []:
        return ()
    taken = []
    for number in range(_WARM_UP + times):
        started = time.perf_counter()
        door.call(call.model, call.method, ids, call.arguments)
        if number >= _WARM_UP:
            taken.append((time.perf_counter() - started) * _MS)
    return tuple(taken)


def _unmeasured(contract: ApiContract, why: str) -> Breach:
    remedy = "make its calls work first: see contracts.api"
    return Breach(contract, "not-measured", "latency", f"its latency was not measured: {why}", remedy)
