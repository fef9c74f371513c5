"""`[parity]` of gate.toml: where git defines the environment, and in what it may differ from what is tested."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from odoo_gate.settings.sections import RelativePath, Section, _list_only, _unique
from odoo_gate.settings.security import Pattern, Reason

Role = Literal["odoo", "postgres", "redis"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")]


class ParitySettings(Section):
    """The environment's definition: files or folders of this checkout, relative to the project.

    `images_from_report` maps a variable of these files to the image (`odoo`, `postgres`, `redis`) that the deploy job
    fills in from the signed report. `services` maps a service or container to its role where its name does not say
    it. `pins` maps a variable to what it pins: `series`, `postgres-major`, or a package of the image
    (`deb:odoo-19`, `pypi:lxml`). `accepted` maps a difference (`configuration.workers`, wildcards allowed) to why it
    is right.
    """

    definition: Annotated[tuple[RelativePath, ...], BeforeValidator(_list_only), AfterValidator(_unique)] = ()
    images_from_report: dict[Name, Role] = Field(default_factory=dict)
    services: dict[Name, Role] = Field(default_factory=dict)
    pins: dict[Name, Pattern] = Field(default_factory=dict)
    accepted: dict[Pattern, Reason] = Field(default_factory=dict)
