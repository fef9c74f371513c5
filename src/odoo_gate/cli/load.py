"""`odoo-gate load run`: one peak of the business year, driven against a stack of its own or a running Odoo."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from odoo_gate.cli.load_capacity import capacity, import_log
from odoo_gate.cli.output import Json, Quiet, sayer
from odoo_gate.cli.projects import find_project, open_project
from odoo_gate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from odoo_gate.model import Metric, Say
    from odoo_gate.settings import Settings
    from odoo_gate.traffic import Ledger, Plan, Profile, Site, Traffic

app = typer.Typer(help="Load: the peaks of the business year, and how much a release can take.", no_args_is_help=True)
app.command("capacity")(capacity)
app.command("import-log")(import_log)

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Driven:
    """One drive, and what became of it. `ledger` None: nobody could look into the database."""

    traffic: Traffic
    ledger: Ledger | None
    metrics: tuple[tuple[Metric, float | None], ...]

    @property
    def wrong(self) -> list[str]:
        """What is not as it must be, in words."""
        refused = Counter(sample.error for sample in self.traffic.samples if not sample.is_acknowledged)
        found = [f"{count} x {error}" for error, count in refused.most_common(_SHOWN)]
        if self.ledger is not None:
            kinds = {"lost": self.ledger.lost, "doubled": self.ledger.doubled, "half": self.ledger.half}
            found += [f"{len(entries)} records {kind}" for kind, entries in kinds.items() if entries]
        return found + [
            f"{metric.name} is {metric.value:g} and must be {expected:g}"
            for metric, expected in self.metrics
            if expected is not None and abs(metric.value - expected) > _TOLERANCE
        ]


_TOLERANCE = 0.005


@app.command("profiles")
def profiles(
    project: Annotated[
        Path | None, typer.Option(help="The checkout whose gate.toml declares peaks (default: from here up).")
    ] = None,
) -> None:
    """The profiles, what they need and what happens at their peak. Example: odoo-gate load profiles"""
    from odoo_gate.traffic import load_profiles, locustfile

    settings = find_project(project)
    for profile in load_profiles(settings.load.peaks if settings else None).values():
        rate = f"{profile.people:>4} people {profile.arrivals_per_minute:>6g} a minute"
        typer.echo(f"{profile.name:<22}{rate}   {_needs(profile)}")
    typer.echo(f"the locustfiles lie in {locustfile('month-end').parent}")


def _needs(profile: Profile) -> str:
    if profile.modules:
        return ", ".join(profile.modules)
    return " or ".join(sorted({name for each in profile.transactions for name in each.modules}))


@app.command("run")
def run(
    profile: Annotated[str, typer.Option(help="Which peak: odoo-gate load profiles lists them.")] = "month-end",
    project: Annotated[
        Path | None, typer.Option(help="The checkout whose gate.toml is used (default: from here up).")
    ] = None,
    url: Annotated[str, typer.Option(help="An Odoo that runs on this machine; without it a stack is started.")] = "",
    site: Annotated[
        Path | None, typer.Option(help="With --url: who can log in there.", exists=True, dir_okay=False)
    ] = None,
    dsn: Annotated[str, typer.Option(help="With --url: its database, to read the results back.")] = "",
    seconds: Annotated[float, typer.Option(help="How long people arrive.")] = 60.0,
    arrivals: Annotated[float | None, typer.Option(help="Arrivals a minute (default: the profile's peak).")] = None,
    people: Annotated[int | None, typer.Option(help="How many people work (default: the profile's).")] = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same schedule.")] = 1,
    output: Annotated[
        Path | None, typer.Option(help="Keep samples and the locust log in this new folder.", file_okay=False)
    ] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> int:
    """Drive a peak and read its business result back from the database.

    Without --url the project's candidate is started on production-like data. Load goes to this machine only.
    Exit status: 0 all transactions did what they said · 1 some did not · 3 the generator was late: nothing is known.

    Example: odoo-gate load run --profile payroll --project examples/construction
    """
    from odoo_gate.traffic import Plan, find_profile

    if output is not None and output.exists() and any(output.iterdir()):
        raise UsageError(f"{output} is not empty", hint="give --output a new folder")
    settings = find_project(project) if url else open_project(project)
    chosen = find_profile(profile, settings.load.peaks if settings else None)
    rate = arrivals or chosen.arrivals_per_minute
    plan = Plan(chosen.name, seconds, rate, people or chosen.people, seed, mix=chosen.mix)
    say = sayer(quiet=quiet)
    with _kept(output) as folder:
        if url:
            driven = _on_running(url, site, dsn, plan, folder, say)
        else:
            assert settings is not None
            driven = _on_own_stack(settings, chosen, plan, folder, say)
        _tell(driven, as_json=as_json)
    if output is not None and not quiet:
        say(f"samples, summary and log: {output}")
    if driven.traffic.is_late:
        return int(ExitCode.INCONCLUSIVE)
    return int(ExitCode.NO_GO if driven.wrong else ExitCode.GO)


@contextmanager
def _kept(output: Path | None) -> Iterator[Path]:
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        yield output
        return
    with tempfile.TemporaryDirectory(prefix="odoo-gate-") as folder:
        yield Path(folder)


def _on_running(url: str, site: Path | None, dsn: str, plan: Plan, folder: Path, say: Say) -> Driven:
    from odoo_gate.traffic import drive, read_site

    if site is None:
        raise UsageError("--url needs --site", hint="docs/load-profiles.md says what the file holds")
    traffic = drive(url, read_site(site), plan, folder, say)
    return _read_back(traffic, dsn)


def _on_own_stack(settings: Settings, profile: Profile, plan: Plan, folder: Path, say: Say) -> Driven:
    from odoo_gate.data import like_production
    from odoo_gate.load.lines import Lines
    from odoo_gate.odoo.testbed import open_testbed
    from odoo_gate.stack.run import Run, new_run_id
    from odoo_gate.traffic import NotApplicable, drive, prepare_site

    with Run(new_run_id(), folder / "run", say) as stack:
        testbed = open_testbed(settings, stack, say)
        release = testbed.candidate
        with testbed.clone(like_production(testbed, release, say), release) as clone:
            site = prepare_site(testbed, release, clone, say, people={profile.name: plan.users})
            missing = profile.missing(site.modules, settings.project.series)
            if missing:
                raise NotApplicable(f"the profile {profile.name} is not applicable: it {missing}")
            server = testbed.start_server(release, clone.database)
            site = replace(site, websocket=server.gevent_url)
            try:
                _say_by_hand(server.url, site, folder, say)
                traffic = drive(Lines(testbed, server).url(profile), site, plan, folder / "drive", say)
                return _read_back(traffic, testbed.postgres.dsn(clone.database))
            finally:
                testbed.stop_server(server)


def _say_by_hand(url: str, site: Site, folder: Path, say: Say) -> None:
    say(f"{len(site.people)} people can log in at {url} while this lasts ({folder / 'drive' / 'site.json'})")


def _read_back(traffic: Traffic, dsn: str) -> Driven:
    from odoo_gate.odoo.databases import database_errors
    from odoo_gate.traffic import business_metrics, ledger

    if not dsn:
        return Driven(traffic, None, ())
    with database_errors("reading the business result back"):
        return Driven(traffic, ledger(dsn, traffic.samples), business_metrics(dsn, traffic))


def _tell(driven: Driven, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_document(driven), indent=1))
        return
    console = Console()
    console.print(_table(driven.traffic))
    for metric, expected in driven.metrics:
        must = "" if expected is None else f" (must be {expected:g})"
        unit = "" if metric.unit == "1" else f" {metric.unit}"
        typer.echo(f"{metric.name}: {metric.value:,.2f}{unit}{must}")
    if driven.ledger is None:
        typer.echo("the database was not looked into (--dsn): these are the answers that people got, no more")
    else:
        typer.echo(
            f"in the database: {len(driven.ledger.done)} of {len(driven.ledger.entries)} records as they should be"
        )
    for line in driven.wrong:
        typer.echo(f"wrong: {line}")
    _tell_generator(driven.traffic)


def _tell_generator(traffic: Traffic) -> None:
    typer.echo(
        f"the generator began {traffic.lag_p99 * 1000:.1f} ms late (99th percentile)"
        f" and used {traffic.generator_cpu:.0%} of a core"
    )
    if traffic.is_late:
        typer.echo("INCONCLUSIVE: that is too late; nothing is known of Odoo. Run on a quieter machine, or with less.")


def _table(traffic: Traffic) -> Table:
    table = Table("transaction", "n", "done", "p50 s", "p95 s", "max s", "requests")
    for name, row in _rows(traffic).items():
        numbers = [f"{row[each]:.2f}" for each in ("p50", "p95", "max")]
        table.add_row(name, str(row["count"]), str(row["acknowledged"]), *numbers, f"{row['requests']:.1f}")
    return table


def _rows(traffic: Traffic) -> Mapping[str, Mapping[str, float]]:
    from odoo_gate.traffic import percentile

    rows: dict[str, Mapping[str, float]] = {}
    for name in dict.fromkeys(sample.transaction for sample in traffic.samples):
        those = traffic.of(name)
        latencies = [sample.latency for sample in those]
        rows[name] = {
            "count": len(those),
            "acknowledged": sum(sample.is_acknowledged for sample in those),
            "p50": percentile(latencies, 0.5),
            "p95": percentile(latencies, 0.95),
            "max": max(latencies),
            "requests": sum(sample.requests for sample in those) / len(those),
        }
    return rows


def _document(driven: Driven) -> dict[str, object]:
    return {
        "version": 1,
        "transactions": _rows(driven.traffic),
        "metrics": [
            {"name": metric.name, "value": metric.value, "unit": metric.unit, "expect": expected}
            for metric, expected in driven.metrics
        ],
        "records": None if driven.ledger is None else len(driven.ledger.entries),
        "records_done": None if driven.ledger is None else len(driven.ledger.done),
        "wrong": driven.wrong,
        "lag_p99": driven.traffic.lag_p99,
        "generator_cpu": driven.traffic.generator_cpu,
        "is_late": driven.traffic.is_late,
    }
