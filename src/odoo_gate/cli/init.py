"""`odoo-gate init`: write a `gate.toml` by looking at the checkout."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.addons.discovery import Discovery, discover
from odoo_gate.cli.ci_files import CiService, write_ci_files
from odoo_gate.errors import UsageError
from odoo_gate.settings import GATE_TOML, settings_from


def init(
    directory: Annotated[Path, typer.Argument(help="The checkout.")] = Path(),
    series: Annotated[str, typer.Option(help="Odoo series, such as 19.0 (default: found).")] = "",
    ci: Annotated[
        CiService | None, typer.Option(help="Write the files of this CI service instead of gate.toml.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are already there.")] = False,
) -> None:
    """Write a gate.toml by looking at the checkout: addons, series, requirements, odoo.conf, latest tag.

    Examples: odoo-gate init · odoo-gate init --ci gitlab
    """
    if not directory.is_dir():
        raise UsageError(f"{directory} is not a folder", hint="give the checkout's folder")
    root = directory.resolve()
    if ci is not None:
        for path in write_ci_files(root, ci, force):
            typer.echo(f"Wrote {path}")
        typer.echo("Next: the keys and variables that docs/ci.md names")
        return
    target = root / GATE_TOML
    if target.exists() and not force:
        raise UsageError(f"{target} is already there", hint="edit it, or replace it with --force")
    found = discover(root)
    if not found.addons_paths:
        raise UsageError(f"no Odoo addon (a folder with __manifest__.py) below {root}", hint="run it in the checkout")
    chosen = series or found.series
    if not chosen:
        raise UsageError(f"nothing in {root} says which Odoo series it is for", hint="give it: --series 19.0")
    _write(target, gate_toml(root.name, chosen, found))
    for line in _told(found, chosen, bool(series)):
        typer.echo(line)
    typer.echo(f"Wrote {target}. Next: odoo-gate doctor")


def gate_toml(name: str, series: str, found: Discovery) -> str:
    """The text of a `gate.toml` for what was found; every line that is not certain is commented out."""
    requirements = (
        f"requirements = {_toml(found.requirements)}"
        if found.requirements
        else '# requirements = ["odoo-addon-queue-job"]   # from PyPI; or the path of a file'
    )
    baseline = (
        f"[baseline]   # what runs in production today\ngit = {_toml(found.tag)}"
        if found.tag
        else '# [baseline]   # what runs in production today\n# git = "<tag>"   # or: path = "<folder>"'
    )
    stack = f"\n[stack]\nodoo_conf = {_toml(found.odoo_conf)}\n" if found.odoo_conf else ""
    return f"""\
[project]
name = {_toml(name)}
series = {_toml(series)}

[addons]
paths = {_toml(list(found.addons_paths))}
{requirements}

{baseline}
{stack}
[policy]
environment = "production"
"""


def _told(found: Discovery, series: str, given: bool) -> list[str]:
    source = "as you said" if given else f"from {found.series_source}"
    return [
        f"Odoo series   {series} ({source})",
        f"addons        {found.modules} in {', '.join(found.addons_paths)}",
        f"requirements  {found.requirements or 'none found'}",
        f"odoo.conf     {found.odoo_conf or 'none found'}",
        f"baseline      {f'git tag {found.tag}' if found.tag else 'no git tag found: fill in [baseline]'}",
        *(f"note          {remark}" for remark in found.remarks),
    ]


def _write(target: Path, text: str) -> None:
    """Write the file whole or not at all, and only one that odoo-gate itself accepts."""
    settings_from(tomllib.loads(text), root=target.parent)
    draft = target.with_name(f".{GATE_TOML}.{os.getpid()}")
    draft.write_text(text, "utf-8")
    draft.replace(target)


def _toml(value: str | list[str]) -> str:
    """A TOML string or list of strings: both are written as JSON writes them."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
