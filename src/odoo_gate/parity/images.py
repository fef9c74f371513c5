"""Is the image a service runs the one that was tested?"""

from __future__ import annotations

import re

from odoo_gate.parity.accepted import Differences
from odoo_gate.parity.definition import Definition
from odoo_gate.parity.services import Service
from odoo_gate.parity.tested import StackUnderTest
from odoo_gate.settings import Settings

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SERIES = re.compile(r":(?:v)?(\d{2}\.0)(?:[-.@]|$)")
_MAJOR = re.compile(r":(?:v)?(\d{2})(?:[-.@]|$)")
_NEXT_STEP = "let the deploy job take it from the signed report: `odoo-gate verify` binds it to what was tested"


def compare_image(
    found: Differences, settings: Settings, definition: Definition, service: Service, tested: StackUnderTest
) -> None:
    """One service: its image comes from the signed report, or is pinned to the digest that was tested."""
    if service.image is None:
        return
    if service.user.partition(":")[0] in ("0", "root"):
        found.error(f"images.{service.role}.user", "runs-as-root", f"{service.name} runs as root",
                    service.image.place, "take user: root out of the definition")  # fmt: skip
    about, text, place = f"images.{service.role}", service.image.text, service.image.place
    candidate = tested.images.get(service.role)
    if definition.variables.is_open(text):
        variables = definition.variables.names(text)
        promised = {settings.parity.images_from_report.get(name) for name in variables}
        if promised == {service.role}:
            found.note("image-from-report", f"{service.name} runs {text}, filled in from the signed report", place)
            return
        found.error(
            about,
            "image-from-elsewhere",
            f"{service.name} runs {text}, and nothing says that the tested image of {service.role} is put there",
            place,
            f"if the deploy job takes it from the signed report: [parity.images_from_report] {variables[0]} = "
            f'"{service.role}"',
        )
        return
    digest = _DIGEST.search(text)
    if digest is None:
        found.error(about, "image-by-tag", f"{service.name} runs {text} by tag: what it points to can change after "
                    "it was tested", place, _NEXT_STEP)  # fmt: skip
    elif candidate is None or digest.group() != candidate.digest:
        known = candidate.digest if candidate else "none"
        found.error(about, "another-image", f"{service.name} runs {text}, and {known} was tested", place, _NEXT_STEP)


def series_of(definition: Definition, service: Service) -> str:
    """The Odoo series that a service's image is tagged with; empty when its name does not say it."""
    return _tagged(_SERIES, definition, service)


def postgres_major_of(definition: Definition, service: Service) -> str:
    """The PostgreSQL major that a service's image is tagged with; empty when its name does not say it."""
    return _tagged(_MAJOR, definition, service)


def _tagged(pattern: re.Pattern[str], definition: Definition, service: Service) -> str:
    text = service.image.text if service.image else ""
    match = None if definition.variables.is_open(text) else pattern.search(text)
    return match.group(1) if match else ""
