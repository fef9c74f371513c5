"""`odoo-gate contracts`: draft one from what runs, check the files, tell breaking changes from compatible ones."""

from __future__ import annotations

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from odoo_gate.cli.projects import open_project
from odoo_gate.errors import ExitCode, SettingsError, UsageError

if TYPE_CHECKING:
    from odoo_gate.contracts import Contract

app = typer.Typer(help="Contracts with other systems: draft, check, compare.", no_args_is_help=True)

Project = Annotated[Path | None, typer.Option(help="The checkout whose gate.toml is used (default: from here up).")]


class ReleaseChoice(StrEnum):
    CANDIDATE = "candidate"
    BASELINE = "baseline"


@app.command()
def record(
    project: Project = None,
    model: Annotated[
        list[str] | None, typer.Option(help="A model to promise; again for more (default: the project's own).")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="A group of the integration user (default: base.group_user).")
    ] = None,
    name: Annotated[str, typer.Option("--id", help="What the contract is called.")] = "new-contract",
    consumer: Annotated[str, typer.Option(help="The system that relies on it.")] = "to be named",
    owner: Annotated[str, typer.Option(help="Whom to call when it breaks.")] = "to be named",
    release: Annotated[ReleaseChoice, typer.Option(help="Which release to draft from.")] = ReleaseChoice.BASELINE,
    output: Annotated[Path | None, typer.Option(help="Write it there (default: print it).", dir_okay=False)] = None,
) -> None:
    """Draft a contract from a running release: fields, selections, methods with their signatures, rights.

    Example: odoo-gate contracts record --model construction.cost.code --id estimating --output contracts/new.yaml
    """
    from odoo_gate.contracts import draft_contract
    from odoo_gate.odoo.testbed import open_testbed
    from odoo_gate.stack.run import Run, new_run_id

    settings = open_project(project)
    if output is not None and output.exists():
        raise UsageError(f"{output} exists", hint="give another --output, and compare them with contracts diff")
    console = Console(stderr=True, markup=False, highlight=False)
    with (
        tempfile.TemporaryDirectory(prefix="odoo-gate-") as folder,
        Run(new_run_id(), Path(folder), console.print) as run,
    ):
        testbed = open_testbed(settings, run, console.print)
        chosen = testbed.baseline if release is ReleaseChoice.BASELINE else testbed.candidate
        if chosen is None:
            raise SettingsError("gate.toml names no [baseline]", hint="add one, or give --release candidate")
        text = draft_contract(
            testbed,
            chosen,
            name=name,
            consumer=consumer,
            owner=owner,
            models=model or (),
            groups=group or ("base.group_user",),
            say=console.print,
        )
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")


@app.command()
def check(project: Project = None) -> None:
    """Read every contract of the checkout strictly, and list them. Asks no release: `odoo-gate run` does.

    Example: odoo-gate contracts check --project examples/construction
    """
    from odoo_gate.contracts import load_contracts

    settings = open_project(project)
    contracts = load_contracts(settings)
    if not contracts:
        raise UsageError(
            f"there are no contracts in {settings.root / settings.contracts.folder}",
            hint="draft one: odoo-gate contracts record",
        )
    for contract in contracts:
        typer.echo(f"{contract.id:<24} {contract.kind:<8} {contract.consumer}; owner {contract.owner}")


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A contract, or a folder of them.", exists=True)],
    new: Annotated[Path, typer.Argument(help="What it becomes.", exists=True)],
) -> None:
    """Tell breaking changes from compatible ones. Ends with 1 when one breaks.

    Example: odoo-gate contracts diff contracts/estimating.yaml contracts/estimating-2.yaml
    """
    from odoo_gate.contracts import compare_contracts

    changes = compare_contracts(_contracts(old), _contracts(new))
    for change in changes:
        typer.echo(f"{'BREAKING' if change.breaking else 'compatible':<10} {change.contract}: {change.what}")
    if not changes:
        typer.echo("the contracts promise the same")
    if any(change.breaking for change in changes):
        raise typer.Exit(ExitCode.NO_GO)


def _contracts(path: Path) -> list[Contract]:
    from odoo_gate.contracts import read_contract

    files = [path] if path.is_file() else sorted(each for each in path.glob("*") if each.suffix in (".yaml", ".yml"))
    if not files:
        raise UsageError(f"there are no contracts in {path}", hint="name a file, or a folder that holds *.yaml")
    return [read_contract(file) for file in files]
