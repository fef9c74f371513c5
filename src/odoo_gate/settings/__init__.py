"""`gate.toml` and the environment, read into frozen settings that know where each value came from."""

from odoo_gate.cache import cache_dir
from odoo_gate.settings.contracts import ContractsSettings
from odoo_gate.settings.judged import judged_settings, named_paths
from odoo_gate.settings.load import (
    GATE_TOML,
    Settings,
    find_gate_toml,
    load_settings,
    settings_from,
)
from odoo_gate.settings.parity import ParitySettings
from odoo_gate.settings.performance import LoadSettings
from odoo_gate.settings.probe import ProbeSettings
from odoo_gate.settings.requirements import read_requirements
from odoo_gate.settings.resilience import ResilienceSettings
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
from odoo_gate.settings.security import SecuritySettings
from odoo_gate.settings.tenancy import TenancySettings

__all__ = [
    "GATE_TOML",
    "AddonsSettings",
    "AnonymiseSettings",
    "AttestSettings",
    "BaselineSettings",
    "ContractsSettings",
    "CustomInvariant",
    "DataSettings",
    "DatabaseSettings",
    "DeclaredChange",
    "DeclaredInvariantChange",
    "InvariantsSettings",
    "LoadSettings",
    "MigrationSettings",
    "ParitySettings",
    "PolicySettings",
    "ProbeSettings",
    "ProjectSettings",
    "RecoverySettings",
    "ResilienceSettings",
    "RolesSettings",
    "SecuritySettings",
    "Settings",
    "StackSettings",
    "StoreSettings",
    "TenancySettings",
    "TestsSettings",
    "cache_dir",
    "find_gate_toml",
    "judged_settings",
    "load_settings",
    "named_paths",
    "read_requirements",
    "settings_from",
]
