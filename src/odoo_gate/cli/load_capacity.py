"""`odoo-gate load capacity` and `odoo-gate load import-log`: how much a release can take, and what production asks."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from odoo_gate.attest.run_folder import write_whole
from odoo_gate.cli.output import Json, Quiet, sayer
from odoo_gate.cli.projects import open_project
from odoo_gate.errors import ExitCode, SettingsError, UsageError

if TYPE_CHECKING:
    from odoo_gate.load.capacity import Capacity
    from odoo_gate.load.import_log import ImportedLog
    from odoo_gate.load.stand import Stand
    from odoo_gate.model import Say
    from odoo_gate.odoo.testbed import Testbed
    from odoo_gate.traffic import Profile


class ReleaseChoice(StrEnum):
    CANDIDATE = "candidate"
    BASELINE = "baseline"


def capacity(
    profile: Annotated[str, typer.Option(help="Which peak: odoo-gate load profiles lists them.")] = "month-end",
    project: Annotated[
        Path | None, typer.Option(help="The checkout whose gate.toml is used (default: from here up).")
    ] = None,
    release: Annotated[ReleaseChoice, typer.Option(help="Which release to load.")] = ReleaseChoice.CANDIDATE,
    output: Annotated[
        Path | None, typer.Option(help="Keep samples, result and picture in this new folder.", file_okay=False)
    ] = None,
    speedscope: Annotated[
        bool, typer.Option(help="Afterwards do the slowest document again under Odoo's profiler; needs --output.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> int:
    """Raise the arrivals of a profile until an objective breaks: the knee, what was short, and the headroom.

    It runs on this machine alone, as long as a dozen drives take; run nothing else meanwhile.
    Exit status: 0 the declared peak holds · 1 it does not · 3 the generator was short before the release was.

    Example: odoo-gate load capacity --profile month-end --output capacity/
    """
    from odoo_gate.load.capacity import capacity_picture, in_words
    from odoo_gate.load.diagnosis import Resource

    if output is not None and output.exists() and any(output.iterdir()):
        raise UsageError(f"{output} is not empty", hint="give --output a new folder")
    if speedscope and output is None:
        raise UsageError("a profile needs a place to stay", hint="give --output DIR beside --speedscope")
    with _kept(output) as folder:
        found = _measured(profile, project, release, folder, quiet=quiet, speedscope=speedscope)
        document = json.dumps(_document(found), indent=1) + "\n"
        write_whole(folder / "capacity.json", document.encode())
        write_whole(folder / f"capacity-{profile}.picture.json", capacity_picture(found).to_json().encode())
    if as_json:
        typer.echo(document, nl=False)
    else:
        Console().print(_table(found))
        Console(soft_wrap=True, highlight=False).print(in_words(found), markup=False)
    if found.holds_declared:
        return int(ExitCode.GO)
    return int(ExitCode.INCONCLUSIVE if found.limiting is Resource.GENERATOR else ExitCode.NO_GO)


def import_log(
    file: Annotated[
        Path, typer.Argument(help="Odoo's log or nginx's access log; .gz is unpacked, - is standard input.")
    ],
    output: Annotated[
        Path | None, typer.Option(help="Write the block for gate.toml there (default: print it).", dir_okay=False)
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Derive the peaks of production from a log: which transactions, how many a minute, by how many people.

    The log is read once, line by line. Example: odoo-gate load import-log /var/log/odoo/odoo-server.log.gz
    """
    from odoo_gate.load.import_log import import_log as read
    from odoo_gate.load.import_toml import load_block

    if output is not None and output.exists():
        raise UsageError(f"{output} exists", hint="give another --output, and copy what you want into gate.toml")
    say = sayer(quiet=quiet)
    imported = read(file, say)
    block = load_block(imported)
    if output is None:
        typer.echo(block, nl=False)
    else:
        write_whole(output, block.encode())
    if not quiet:
        _tell(imported)


@contextmanager
def _kept(output: Path | None) -> Iterator[Path]:
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        yield output
        return
    with tempfile.TemporaryDirectory(prefix="odoo-gate-") as folder:
        yield Path(folder)


def _measured(
    name: str, project: Path | None, chosen: ReleaseChoice, folder: Path, *, quiet: bool, speedscope: bool
) -> Capacity:
    from odoo_gate.data import like_production
    from odoo_gate.load.capacity import find_capacity
    from odoo_gate.load.stand import standing
    from odoo_gate.odoo.testbed import open_testbed
    from odoo_gate.stack.postgres import Tuning
    from odoo_gate.stack.run import Run, new_run_id
    from odoo_gate.traffic import find_profile

    settings, say = open_project(project), sayer(quiet=quiet)
    profile = find_profile(name, settings.load.peaks)
    with Run(new_run_id(), folder / "run", say) as run:
        testbed = open_testbed(settings, run, say)
        release = testbed.baseline if chosen is ReleaseChoice.BASELINE else testbed.candidate
        if release is None:
            raise SettingsError("gate.toml names no [baseline]", hint="add one, or give --release candidate")
        template = like_production(testbed, release, say)
        postgres = testbed.start_postgres(Tuning.DURABLE)
        people = {profile.name: profile.people}
        with standing(testbed, release, template, postgres, {}, say, people=people) as stand:
            found = find_capacity(stand, profile, settings.load, folder / "drives", say)
            if speedscope:
                _profile(testbed, stand, profile, folder, say)
            return found


def _profile(testbed: Testbed, stand: Stand, profile: Profile, folder: Path, say: Say) -> None:
    """The slowest document of all drives but the warm-up, once more, outside every timed window."""
    from odoo_gate.load.diagnosis import profile_slowest
    from odoo_gate.traffic import read_samples

    drives = sorted(path for path in folder.glob("drives/*/samples.jsonl") if path.parent.name != "warm-up")
    samples = [sample for path in drives for sample in read_samples(path)]
    agent = testbed.start_agent(stand.release, stand.postgres.address)
    told = profile_slowest(agent, stand.server.database, profile, samples, folder, say)
    say(
        f"{told.transaction} took {told.latency:.2f} s under load; alone and profiled {told.seconds:.2f} s and "
        f"{told.queries} queries: open {told.path} with speedscope"
    )


def _table(found: Capacity) -> Table:
    table = Table(title=f"{found.profile}: declared peak {found.declared:.0f} a minute")
    for heading in ("a minute", "done", "p95", "slowest", "workers", "CPU", "waits", "holds"):
        table.add_column(heading, justify="right" if heading != "slowest" else "left")
    for step in found.steps:
        share = {str(resource): f"{used:.0%}" for resource, used in step.diagnosis.saturation.items()}
        table.add_row(
            f"{step.per_minute:.0f}",
            f"{step.done_per_minute:.0f}",
            f"{step.p95:.2f} s",
            step.slowest,
            share["workers"],
            share["CPU"],
            share["PostgreSQL waits"],
            "yes" if step.holds else "no",
        )
    return table


def _document(found: Capacity) -> dict[str, object]:
    from odoo_gate.load.capacity import in_words

    return {
        "version": 1,
        "profile": found.profile,
        "declared_per_minute": found.declared,
        "knee_per_minute": found.knee,
        "headroom": found.headroom,
        "limiting": None if found.limiting is None else str(found.limiting),
        "in_words": in_words(found),
        "steps": [
            {
                "per_minute": step.per_minute,
                "done_per_minute": step.done_per_minute,
                "transactions": step.transactions,
                "p95_seconds": step.p95,
                "slowest": step.slowest,
                "generator_cpu": step.generator_cpu,
                "generator_late": step.late,
                "broken": list(step.broken),
                "in_use": {str(resource): share for resource, share in step.diagnosis.saturation.items()},
                "findings": [f"{finding.rule}: {finding.message}" for finding in step.diagnosis.findings],
            }
            for step in found.steps
        ],
    }


def _tell(imported: ImportedLog) -> None:
    """How much of the log was understood, on stderr: stdout is for gate.toml."""
    from odoo_gate.traffic import percentile

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    lines = imported.lines
    console.print(
        f"{lines.all:,} lines from {imported.first:%Y-%m-%d %H:%M} to {imported.last:%Y-%m-%d %H:%M} UTC: "
        f"{lines.requests:,} requests, {lines.other:,} other lines, {lines.unreadable:,} that cannot be read",
        markup=False,
    )
    if lines.unreadable:
        console.print(f"the first that cannot be read: {lines.first_unreadable}", markup=False)
    for name, costs in imported.costs.items():
        told = [f"{costs.seen:,} requests"]
        if costs.queries:
            told.append(f"{percentile(costs.queries, 0.5):.0f} queries")
        if costs.seconds:
            told.append(f"{percentile(costs.seconds, 0.5):.2f} s, p95 {percentile(costs.seconds, 0.95):.2f} s")
        if costs.size:
            told.append(
                f"{percentile(costs.size, 0.5) / 1000:.1f} kB, p95 {percentile(costs.size, 0.95) / 1000:.1f} kB"
            )
        console.print(f"{name}: {', '.join(told)}", markup=False)
    if imported.refused:
        console.print(f"{imported.refused:,} of them were answered with an HTTP error", markup=False)
    if imported.unknown:
        known = ", ".join(f"{what} ({count:,})" for what, count in imported.unknown[:5])
        console.print(f"most frequent of what no profile knows: {known}", markup=False)
