"""`[tenancy]` of `gate.toml`: which companies are kept apart."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from odoo_gate.settings.sections import Line, Section, _list_only, _unique


class TenancySettings(Section):
    """`companies` narrows the checks to these, by name; empty means every company of the data."""

    companies: Annotated[tuple[Line, ...], BeforeValidator(_list_only), AfterValidator(_unique)] = ()
