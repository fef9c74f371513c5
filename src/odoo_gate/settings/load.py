"""Read `gate.toml` and `ODOO_GATE_<SECTION>__<KEY>` variables into one frozen `Settings`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from odoo_gate.errors import SettingsError
from odoo_gate.settings.contracts import ContractsSettings
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
    DatabaseSettings,
    DataSettings,
    InvariantsSettings,
    MigrationSettings,
    PolicySettings,
    ProjectSettings,
    RecoverySettings,
    RolesSettings,
    Section,
    StackSettings,
    StoreSettings,
    TestsSettings,
)
from odoo_gate.settings.security import SecuritySettings
from odoo_gate.settings.tenancy import TenancySettings
from odoo_gate.settings.wording import Problem, in_words

GATE_TOML = "gate.toml"
PREFIX = "ODOO_GATE_"
DEFAULT = "default"

_SECTIONS: Mapping[str, type[Section]] = {
    "project": ProjectSettings,
    "addons": AddonsSettings,
    "baseline": BaselineSettings,
    "stack": StackSettings,
    "database": DatabaseSettings,
    "tests": TestsSettings,
    "roles": RolesSettings,
    "store": StoreSettings,
    "data": DataSettings,
    "invariants": InvariantsSettings,
    "migration": MigrationSettings,
    "recovery": RecoverySettings,
    "policy": PolicySettings,
    "attest": AttestSettings,
    "anonymise": AnonymiseSettings,
    "contracts": ContractsSettings,
    "security": SecuritySettings,
    "tenancy": TenancySettings,
    "parity": ParitySettings,
    "load": LoadSettings,
    "resilience": ResilienceSettings,
    "probe": ProbeSettings,
}


class Settings(BaseModel):
    """Everything a person can set, in one value that never changes during a run.

    `root` is the project's absolute folder; `file` is the `gate.toml` read, None when all came from the
    environment. Relative paths inside the sections are relative to `root`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: Path
    file: Path | None
    project: ProjectSettings
    addons: AddonsSettings
    baseline: BaselineSettings | None
    stack: StackSettings
    database: DatabaseSettings
    tests: TestsSettings
    roles: RolesSettings
    store: StoreSettings
    data: DataSettings
    invariants: InvariantsSettings
    migration: MigrationSettings
    recovery: RecoverySettings
    policy: PolicySettings
    attest: AttestSettings
    anonymise: AnonymiseSettings
    contracts: ContractsSettings
    security: SecuritySettings
    tenancy: TenancySettings
    parity: ParitySettings
    load: LoadSettings
    resilience: ResilienceSettings
    probe: ProbeSettings
    sources: Mapping[str, str]

    def source(self, key: str) -> str:
        """Where `section.key` came from: `gate.toml`, `environment <variable>` or `default`.

        Raises KeyError for a key that does not exist.
        """
        section, _, name = key.partition(".")
        if name not in _SECTIONS[section].model_fields:
            raise KeyError(key)
        return self.sources.get(key, DEFAULT)

    def resolve(self, path: str) -> Path:
        """A path as written in the settings, made absolute from the project's root."""
        return self.root / Path(path).expanduser()

    @property
    def addons_roots(self) -> tuple[Path, ...]:
        """The candidate's addons paths, absolute, in the order Odoo searches them."""
        return tuple(self.root / path for path in self.addons.paths)

    @property
    def baseline_paths(self) -> tuple[str, ...]:
        """The baseline's addons paths, relative to the baseline's own root."""
        own = self.baseline.paths if self.baseline else None
        return own if own is not None else self.addons.paths

    def requirements(self) -> tuple[str, ...]:
        """The candidate's requirements as PEP 508 strings, requirements files read."""
        return read_requirements(self.addons.requirements, self.root)

    def baseline_requirements(self, root: Path) -> tuple[str, ...]:
        """The requirements of the baseline extracted at `root`, as PEP 508 strings."""
        own = self.baseline.requirements if self.baseline else None
        return read_requirements(self.addons.requirements if own is None else own, root)


def find_gate_toml(start: Path) -> Path | None:
    """The nearest `gate.toml` in `start` or a folder above it."""
    folder = start.absolute()
    for candidate in (folder, *folder.parents):
        if (candidate / GATE_TOML).is_file():
            return candidate / GATE_TOML
    return None


def load_settings(root: Path, env: Mapping[str, str]) -> Settings:
    """The settings of the project at `root`: variables in `env` beat `gate.toml`, which beats the defaults.

    Raises SettingsError naming file, key and next step; all problems of the file are told at once.
    """
    root = root.absolute()
    file = root / GATE_TOML
    written = _read(file) if file.exists() else {}
    overrides = _overrides(env)
    if not file.exists() and not overrides:
        raise SettingsError(f"there is no {GATE_TOML} in {root}", hint="write one with: odoo-gate init")
    return settings_from(written, root=root, file=file if file.exists() else None, overrides=overrides)


def settings_from(
    written: Mapping[str, Any],
    *,
    root: Path,
    file: Path | None = None,
    overrides: Mapping[str, tuple[str, object]] | None = None,
) -> Settings:
    """Settings from the parsed content of a `gate.toml`; `overrides` maps `section.key` to (variable, value).

    Raises SettingsError as `load_settings` does.
    """
    overrides = overrides or {}
    tables, sources = _merge(written, overrides)
    tables.setdefault("project", {}).setdefault("name", root.name)
    problems: list[Problem] = []
    sections: dict[str, Section | None] = {}
    for name, model in _SECTIONS.items():
        if name == "baseline" and name not in tables:
            sections[name] = None
            continue
        try:
            sections[name] = model.model_validate(tables.get(name, {}))
        except ValidationError as error:
            problems.extend(in_words(name, model, error))
    problems.extend(_unknown_sections(tables))
    if problems:
        raise _settings_error(problems, sources)
    settings = Settings.model_validate({"root": root, "file": file, "sources": sources, **sections})
    _check_folders(settings)
    return settings


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}", hint="make it a readable file") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is not UTF-8 (byte {error.start})", hint="save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}", hint="correct that line") from error


def _overrides(env: Mapping[str, str]) -> dict[str, tuple[str, object]]:
    """`section.key` → (variable, value) for every variable of the form ODOO_GATE_<SECTION>__<KEY>."""
    found: dict[str, tuple[str, object]] = {}
    for variable in sorted(env):
        section, separator, key = variable.removeprefix(PREFIX).lower().partition("__")
        if not variable.startswith(PREFIX) or not separator:
            continue
        model = _SECTIONS.get(section)
        known = model.model_fields if model else {}
        if key not in known:
            names = [f"{PREFIX}{s}__{k}".upper() for s, m in _SECTIONS.items() for k in m.model_fields]
            raise SettingsError(
                f"environment variable {variable} sets nothing that exists",
                hint=_did_you_mean(variable, names),
            )
        found[f"{section}.{key}"] = (variable, _value(variable, env[variable], str(known[key].annotation)))
    return found


def _value(variable: str, text: str, annotation: str) -> object:
    """Lists are written as in TOML, or separated by commas; everything else as itself."""
    if "tuple" not in annotation:
        return text
    if text.lstrip().startswith("["):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(
                f"environment variable {variable} holds {text!r}, which is not a list: {error}",
                hint='write ["one", "two"] or one,two',
            ) from error
    if "| str" in annotation:
        return text
    return [item.strip() for item in text.split(",") if item.strip()]


def _merge(
    written: Mapping[str, Any], overrides: Mapping[str, tuple[str, object]]
) -> tuple[dict[str, Any], dict[str, str]]:
    tables: dict[str, Any] = {
        name: dict(table) if isinstance(table, dict) else table for name, table in written.items()
    }
    sources = {
        f"{section}.{key}": GATE_TOML for section, table in tables.items() if isinstance(table, dict) for key in table
    }
    for dotted, (variable, value) in overrides.items():
        section, key = dotted.split(".")
        table = tables.setdefault(section, {})
        if isinstance(table, dict):
            table[key] = value
            sources[dotted] = f"environment {variable}"
    return tables, sources


def _unknown_sections(tables: Mapping[str, object]) -> list[Problem]:
    return [
        Problem(name, "is not a section of gate.toml", _did_you_mean(name, list(_SECTIONS), "[{}]"))
        for name in tables
        if name not in _SECTIONS
    ]


def _did_you_mean(word: str, words: list[str], shape: str = "{}") -> str:
    close = get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"did you mean {shape.format(close[0])}?"
    return "known: " + ", ".join(shape.format(name) for name in words)


def _settings_error(problems: list[Problem], sources: Mapping[str, str]) -> SettingsError:
    lines = []
    for problem in problems:
        source = sources.get(problem.key, GATE_TOML)
        lines.append(f"{source}: {problem.key} {problem.message}")
    hints = list(dict.fromkeys(problem.hint for problem in problems if problem.hint))
    return SettingsError("\n".join(lines), hint="; ".join(hints) or f"correct {GATE_TOML}")


def _check_folders(settings: Settings) -> None:
    """The folders the settings name exist and lie inside the project, symbolic links followed."""
    for path in settings.addons.paths:
        folder = settings.root / path
        source = settings.source("addons.paths")
        if not folder.is_dir():
            raise SettingsError(
                f"{source}: addons.paths names {path!r}, but {folder} is not a folder",
                hint="correct addons.paths, or create the folder",
            )
        if not folder.resolve().is_relative_to(settings.root.resolve()):
            raise SettingsError(
                f"{source}: addons.paths names {path!r}, a link that leaves the project",
                hint="put the addons below the project: what is judged must be part of it",
            )
    if settings.baseline and settings.baseline.path and not settings.resolve(settings.baseline.path).is_dir():
        raise SettingsError(
            f"{settings.source('baseline.path')}: baseline.path names {settings.baseline.path!r}, "
            f"but {settings.resolve(settings.baseline.path)} is not a folder",
            hint="correct baseline.path, or remove [baseline]",
        )
    for key in ("stack.odoo_conf", "stack.ingress_conf", "recovery.rollback_script", "policy.file"):
        section, name = key.split(".")
        written = getattr(getattr(settings, section), name)
        file = settings.resolve(written)
        if written and not file.is_file():
            raise SettingsError(
                f"{settings.source(key)}: {key} names {written!r}, but {file} is not a file",
                hint=f"correct {key}, or remove it to use the default",
            )
