"""`gate.toml` and the environment, read into frozen settings that know where each value came from."""

from odoo_gate.cache import cache_dir
from odoo_gate.settings.load import (
    GATE_TOML,
    Settings,
    find_gate_toml,
    load_settings,
    settings_from,
)
from odoo_gate.settings.requirements import read_requirements
from odoo_gate.settings.sections import (
    AddonsSettings,
    AnonymiseSettings,
    AttestSettings,
    BaselineSettings,
    CustomInvariant,
    DatabaseSettings,
    DataSettings,
    DeclaredChange,
    DeclaredInvariantChange,
    InvariantsSettings,
    MigrationSettings,
    PolicySettings,
    ProjectSettings,
    RecoverySettings,
    RolesSettings,
    StackSettings,
    StoreSettings,
    TestsSettings,
)

__all__ = [
    "GATE_TOML",
    "AddonsSettings",
    "AnonymiseSettings",
    "AttestSettings",
    "BaselineSettings",
    "CustomInvariant",
    "DataSettings",
    "DatabaseSettings",
    "DeclaredChange",
    "DeclaredInvariantChange",
    "InvariantsSettings",
    "MigrationSettings",
    "PolicySettings",
    "ProjectSettings",
    "RecoverySettings",
    "RolesSettings",
    "Settings",
    "StackSettings",
    "StoreSettings",
    "TestsSettings",
    "cache_dir",
    "find_gate_toml",
    "load_settings",
    "read_requirements",
    "settings_from",
]
