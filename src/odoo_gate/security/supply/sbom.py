"""The bill of materials of a release: its image's packages and its own addons, as CycloneDX."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from odoo_gate.addons import AddonGraph
from odoo_gate.model import Finding, ImageIdentity, Metric

if TYPE_CHECKING:
    from cyclonedx.model.component import Component

SBOM = "sbom.cdx.json"
_NAMESPACE = uuid.UUID("8f0f7a54-8c0b-5b0c-9a3e-0d6f5f6c2b11")
_PURL = {"deb": ("deb", "debian"), "apk": ("apk", "alpine"), "rpm": ("rpm", None), "pypi": ("pypi", None)}


@dataclass(frozen=True, slots=True)
class SbomReport:
    """The findings, how many components there are, and the file that was written."""

    findings: tuple[Finding, ...]
    metrics: tuple[Metric, ...]
    path: Path


def write_sbom(folder: Path, name: str, image: ImageIdentity, graph: AddonGraph, at: datetime) -> SbomReport:
    """Write `sbom.cdx.json` into `folder`: packages of `image`, own addons of `graph` with the sha256 of their files.

    Raises OSError when it cannot be written.
    """
    from cyclonedx.model.bom import Bom
    from cyclonedx.output.json import JsonV1Dot6

    packages = [_package(key, version) for key, version in sorted(image.packages.items())]
    addons = list(_addons(graph))
    content = "".join([image.digest, *(str(addon.bom_ref.value) + str(addon.version) for addon in addons)])
    bom = Bom(components=[*packages, *addons], serial_number=uuid.uuid5(_NAMESPACE, content))
    bom.metadata.timestamp = at
    bom.metadata.component = _image(name, image)
    bom.register_dependency(bom.metadata.component, bom.components)
    text = JsonV1Dot6(bom).output_as_string(indent=1)
    path = folder / SBOM
    path.write_text(text + "\n", "utf-8")
    counts = {kind: sum(key.startswith(f"{kind}:") for key in image.packages) for kind in ("deb", "pypi")}
    metrics = (
        Metric("components", len(packages) + len(addons), "1"),
        Metric("system-packages", len(packages) - counts["pypi"], "1"),
        Metric("python-packages", counts["pypi"], "1"),
        Metric("addons", len(addons), "1"),
    )
    return SbomReport((*_faults(text), *_empty(len(packages), counts["pypi"], len(addons))), metrics, path)


def _package(key: str, version: str) -> Component:
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    kind, _, name = key.partition(":")
    purl_type, namespace = _PURL[kind]
    purl = PackageURL(purl_type, namespace, name.lower() if kind == "pypi" else name, version)
    return Component(type=ComponentType.LIBRARY, name=name, version=version, purl=purl, bom_ref=purl.to_string())


def _addons(graph: AddonGraph) -> Iterator[Component]:
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType

    for name in sorted(name for name in graph.own if name in graph.folders):
        yield Component(
            type=ComponentType.APPLICATION,
            group="odoo-addon",
            name=name,
            version=graph.addons[name].version,
            bom_ref=f"odoo-addon/{name}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=graph.digest(name))],
        )


def _image(name: str, image: ImageIdentity) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType

    return Component(
        type=ComponentType.CONTAINER,
        name=name,
        version=image.digest,
        description=f"{image.reference}, {image.origin}",
        bom_ref="release",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=image.digest.removeprefix("sha256:"))],
    )


def _faults(text: str) -> Iterator[Finding]:
    """What CycloneDX's own schema says of the file."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error is not None:
        yield Finding(
            "invalid-sbom",
            f"{SBOM} is not valid CycloneDX 1.6: {str(error.data)[:500]}",
            remedy="report it: odoo-gate wrote what the schema refuses",
        )
    if not json.loads(text).get("components"):
        yield Finding("empty-sbom", f"{SBOM} lists no component", remedy="see what the image holds: `odoo-gate images`")


def _empty(packages: int, python: int, addons: int) -> Iterator[Finding]:
    for count, what in ((packages - python, "system package"), (python, "Python package"), (addons, "addon")):
        if not count:
            yield Finding(
                "nothing-listed",
                f"the bill of materials lists no {what}",
                remedy="name the image that production runs, and the addons' folders: [stack], [addons]",
            )
