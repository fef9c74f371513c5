"""`[security]` of gate.toml: what the security checks are told, and the exceptions somebody answers for."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from odoo_gate.settings.sections import OptionalPath, Section, _list_only, _unique

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""Why an exception is right; a person reads it in the report."""
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
FieldPattern = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.*?]+\.[a-z0-9_*?]+$")]
"""`model.field`, wildcards allowed: `hr.version.wage`, `*.wage`."""
MethodName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]+\.[A-Za-z0-9_]+$")]
"""`model.method`."""


class SecuritySettings(Section):
    """Where advisories come from, how old and how few they may be, and which findings are accepted.

    `advisories` is a folder, a `.zip` or a `.jsonl` in OSV form, below the project or absolute; `osv_url` an OSV
    service instead. `secrets_allowed` maps a path pattern or a fingerprint to the reason, `advisories_allowed` an
    advisory's id. `image_key` is the cosign public key that signed `stack.odoo_image`, relative to the project.
    `rights` is the approved matrix of roles and models, a CSV file; `sensitive` are fields that few may read, besides
    those odoo-gate knows; `portal_methods` maps a method that portal users are meant to call to the reason.
    """

    advisories: str = ""
    osv_url: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")] = ""
    max_advisory_age_days: Annotated[int, Field(ge=1)] = 7
    min_advisories: Annotated[int, Field(ge=1)] = 1000
    advisories_allowed: dict[Pattern, Reason] = Field(default_factory=dict)
    secrets_allowed: dict[Pattern, Reason] = Field(default_factory=dict)
    image_key: OptionalPath = ""
    rights: OptionalPath = ""
    sensitive: Annotated[tuple[FieldPattern, ...], BeforeValidator(_list_only), AfterValidator(_unique)] = ()
    portal_methods: dict[MethodName, Reason] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_source(self) -> SecuritySettings:
        if self.advisories and self.osv_url:
            raise ValueError("names its advisories by one of advisories and osv_url, not by both")
        return self
