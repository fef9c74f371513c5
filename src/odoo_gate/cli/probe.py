"""`odoo-gate probe`: does what was released work as it was judged?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from odoo_gate.attest.run_folder import write_whole
from odoo_gate.attest.trust import load_trust
from odoo_gate.cli.projects import find_project
from odoo_gate.cli.verify import key_for
from odoo_gate.errors import UsageError
from odoo_gate.report import visible
from odoo_gate.settings import ProbeSettings

if TYPE_CHECKING:
    from odoo_gate.probe import Conclusion

_STYLE = {"fine": "bold green", "investigate": "bold yellow", "roll back": "bold red"}


def probe(
    url: Annotated[str, typer.Option(help="The running environment: https://erp.example.com.")],
    report: Annotated[
        Path, typer.Option(help="The run folder it was released by, its readiness.json, or its bundle.", exists=True)
    ],
    project: Annotated[
        Path | None, typer.Option(help="The checkout whose gate.toml is used (default: from here up).")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The public key you trust (PEM).")] = None,
    trust: Annotated[
        Path | None,
        typer.Option(help="The trust file that names the gates, in place of --key.", exists=True, dir_okay=False),
    ] = None,
    environment: Annotated[
        str | None, typer.Option(help="Which environment the report must speak of (default: gate.toml's).")
    ] = None,
    login: Annotated[str | None, typer.Option(help="The probing user (default: probe.login of gate.toml).")] = None,
    prometheus: Annotated[
        Path | None, typer.Option(help="Write Prometheus text there, for the textfile collector.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> int:
    """Look at a released environment, reading only, and compare it with its signed report.

    Exit status: 0 fine · 1 roll back · 3 investigate · 5 the report is not genuine, or speaks of something else.

    Example: ODOO_GATE_PROBE_PASSWORD=… odoo-gate probe --url https://erp.example.com --report run/readiness.json
    --key gate.key.pub --login probe --prometheus /var/lib/node_exporter/odoo_gate.prom
    """
    from odoo_gate.probe import look, prometheus_text, read_signed

    found = find_project(project)
    settings = found.probe if found else ProbeSettings()
    gates = load_trust(trust.read_bytes()) if trust else None
    trusted = key_for(key, found, report.resolve(), gates)
    signed = read_signed(report, trusted, environment or (found.policy.environment if found else None), gates)
    user, password = _credentials(login, settings)
    console = Console(stderr=True, markup=False, highlight=False)
    conclusion = look(url, signed, user, password, settings, console.print)
    if prometheus is not None:
        write_whole(prometheus, prometheus_text(conclusion).encode())
    if as_json:
        typer.echo(conclusion.to_json())
    else:
        _show(conclusion)
    return int(conclusion.answer.exit_code)


def _credentials(login: str | None, settings: ProbeSettings) -> tuple[str, str]:
    user = login or settings.login
    if not user:
        raise UsageError("nobody to sign in as", hint="give --login, or set login in [probe] of gate.toml")
    password = os.environ.get(settings.password_variable, "")
    if not password:
        raise UsageError(f"the password of {user} is not in the environment", hint=f"set ${settings.password_variable}")
    return user, password


def _show(conclusion: Conclusion) -> None:
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"{str(conclusion.answer).upper()}: {visible(conclusion.url)}", style=_STYLE[conclusion.answer])
    for each in conclusion.findings:
        line = f"  {each.answer:11} {visible(each.observed.rule)}: {visible(each.observed.message)}"
        console.print(line, markup=False)
        if each.observed.remedy:
            console.print(f"              next step: {visible(each.observed.remedy)}", markup=False)
    measured = [journey for journey in conclusion.journeys if journey.median is not None]
    compared = ", ".join((*conclusion.looked_at, *(f"not asked: {each}" for each in conclusion.not_asked)))
    seconds = (conclusion.ended - conclusion.started).total_seconds()
    console.print(f"  {len(measured)} of {len(conclusion.journeys)} journeys measured; {compared}", markup=False)
    console.print(
        f"  {conclusion.requests} requests in {seconds:.0f} s; report {visible(conclusion.run)}", markup=False
    )
