"""`odoo-gate images`: what images there are, and how to get those that a run needs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from odoo_gate.cli.projects import find_project
from odoo_gate.model import ImageIdentity
from odoo_gate.settings import Settings
from odoo_gate.stack.images import Images
from odoo_gate.stack.images.catalog import SERIES, official_images

app = typer.Typer(help="The images of the stack: Odoo, PostgreSQL, Redis, nginx.", no_args_is_help=True)

_MB = 1e6

Project = Annotated[
    Path | None, typer.Option(help="The checkout whose gate.toml names images (default: from here up).")
]
Series = Annotated[
    list[str] | None, typer.Option(help="An Odoo series; may be given more than once (default: gate.toml's).")
]


@app.command("list")
def list_images() -> None:
    """Show the images odoo-gate built or would use, with size, digest and origin.

    Example: odoo-gate images list
    """
    images = _images()
    present = images.present()
    if not present:
        typer.echo("no images yet; get them: odoo-gate images build")
        return
    width = max(len(image.reference) for image in present)
    for image in present:
        size = f"{images.size(image) / _MB:6,.0f} MB"
        typer.echo(f"{image.reference:<{width}}  {size}  {image.digest[7:19]}  {image.origin}")


@app.command()
def pull(series: Series = None, project: Project = None) -> None:
    """Pull the official images, or those gate.toml names, from their registries.

    Ends with 4 when one cannot be pulled; `odoo-gate images build` gets along without a registry.

    Example: odoo-gate images pull --series 19.0
    """
    images, settings = _images(), find_project(project)
    for reference in _references(settings, _series(series, settings)):
        _print(images.pull(reference))


@app.command()
def build(
    series: Series = None,
    project: Project = None,
    from_packages: Annotated[
        bool, typer.Option("--from-packages", help="Build from Debian packages even where a registry answers.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Build anew what is here already; implies --from-packages.")
    ] = False,
) -> None:
    """Make every image ready that a run needs: used when it is here, else pulled, else built.

    Example: odoo-gate images build --series 19.0 --series 14.0
    """
    images, settings = _images(), find_project(project)
    wanted = _series(series, settings)
    if from_packages or fresh:
        for image in images.build_all(wanted, fresh=fresh):
            _print(image)
        return
    stack = settings.stack if settings else None
    _print(images.postgres(stack.postgres_image if stack else ""))
    _print(images.redis(stack.redis_image if stack else ""))
    _print(images.nginx(stack.nginx_image if stack else ""))
    for name in wanted:
        of_project = settings is not None and name == settings.project.series
        reference = settings.stack.odoo_image if settings and of_project else ""
        requirements = settings.requirements() if settings and of_project else ()
        _print(images.odoo(name, reference, requirements, "release"))
        _print(images.odoo(name, reference, requirements, "test"))


@app.command()
def show(reference: Annotated[str, typer.Argument(help="An image, as `images list` names it.")]) -> None:
    """Print one image's identity as the evidence holds it: digest, origin and every package, in JSON.

    Example: odoo-gate images show postgres:17
    """
    typer.echo(json.dumps(asdict(_images().show(reference)), indent=2, sort_keys=True))


def _images() -> Images:
    return Images(Console(stderr=True, markup=False, highlight=False).print)


def _series(given: list[str] | None, settings: Settings | None) -> list[str]:
    return given or [settings.project.series if settings else SERIES]


def _references(settings: Settings | None, series: list[str]) -> list[str]:
    named = settings.stack if settings else None
    official = official_images(series)
    chosen = (named.postgres_image, named.redis_image, named.nginx_image, named.odoo_image) if named else ("",) * 4
    return [own or reference for own, reference in zip(chosen, official, strict=False)] + official[4:]


def _print(image: ImageIdentity) -> None:
    typer.echo(f"{image.reference}  {image.digest[7:19]}  {image.origin}")
