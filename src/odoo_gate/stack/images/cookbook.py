"""Which recipe makes which image."""

from __future__ import annotations

from collections.abc import Mapping

from odoo_gate.stack.images.catalog import COSIGN_SUITE, OdooSeries, Service
from odoo_gate.stack.images.debian_base import DebianBase
from odoo_gate.stack.images.recipe import Recipe
from odoo_gate.stack.pip_ca import ca_bundle

_INDEXES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")


def service_recipe(service: Service) -> Recipe:
    """PostgreSQL, Redis or nginx from Debian's package."""
    version = service.official.split(":")[1]
    arguments = {"MAJOR": version} if service.role == "postgres" else {}
    return _from_debian(service.role, service.role, version, service.suite, arguments)


def odoo_recipe(series: OdooSeries) -> Recipe:
    """Odoo of one series from Debian's package."""
    arguments = {"PACKAGE": series.package, "EXTRAS": " ".join(series.extras)}
    return _from_debian("odoo", "odoo", series.series, series.suite, arguments)


def cosign_recipe() -> Recipe:
    """cosign 3 as a container."""
    return _from_debian("cosign", "cosign", "3", COSIGN_SUITE, {})


def requirements_recipe(series: str, parent: str, requirements: tuple[str, ...], env: Mapping[str, str]) -> Recipe:
    """The Odoo image `parent` plus normalised requirements, by way of this machine's CA bundle and index."""
    return Recipe(
        "requirements",
        "odoo-requirements",
        series,
        parent,
        f"{len(requirements)} Python requirements on {parent}",
        files={"requirements.txt": "".join(line + "\n" for line in requirements).encode()},
        unkeyed_files={"ca-bundle.pem": ca_bundle(env)},
        unkeyed_arguments={
            name: env[name] for name in _INDEXES if env.get(name, "").startswith(("http://", "https://"))
        },
    )


def browser_recipe(series: str, parent: str, packages: Mapping[str, str], env: Mapping[str, str]) -> Recipe:
    """The Odoo image `parent`, which holds `packages`, plus a browser, websocket-client and coverage."""
    origin = f"test tools on {parent}"
    if "deb:ubuntu-keyring" in packages:
        unkeyed = {"ca-bundle.pem": ca_bundle(env)}
        return Recipe("browser-ubuntu", "odoo-test", series, parent, origin, unkeyed_files=unkeyed)
    return Recipe("browser", "odoo-test", series, parent, origin)


def copied_requirements_recipe(series: str, parent: str, installed: str) -> Recipe:
    """The test image `parent` plus what pip put into the release image `installed`."""
    return Recipe(
        "requirements-copied",
        "odoo-test-requirements",
        series,
        parent,
        f"test tools on {installed}",
        arguments={"INSTALLED": installed},
    )


def _from_debian(folder: str, image: str, version: str, suite: str, arguments: Mapping[str, str]) -> Recipe:
    parent = DebianBase(suite).reference
    return Recipe(folder, image, version, parent, f"built from Debian {suite}", arguments, suite=suite)
