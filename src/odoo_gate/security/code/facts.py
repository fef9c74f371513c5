"""What addons declare: models with their fields, access rights, record rules. Small, so that trees need not be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["model", "transient", "abstract"]


class Computed:
    """A value that is known only when Odoo runs."""

    def __repr__(self) -> str:
        return "COMPUTED"


@dataclass(frozen=True, slots=True)
class Field:
    """A field as its class declares it; `options` are its keyword arguments, constants as values, else Computed."""

    name: str
    type: str
    comodel: str
    line: int
    last_line: int
    options: Mapping[str, object]

    @property
    def stored(self) -> bool:
        """Whether it has a column of its own: computed and related fields have one only when they say so."""
        if "compute" in self.options or "related" in self.options:
            return bool(self.options.get("store", False))
        return self.options.get("store", True) is not False


@dataclass(frozen=True, slots=True)
class ModelClass:
    """A class that makes a model or extends one. `name` is the model's; `extends` says that it exists already."""

    addon: str
    path: str
    line: int
    name: str
    kind: Kind
    extends: bool
    inherits: tuple[str, ...]
    checks_company: bool
    abstract_table: bool
    decides_access: bool
    """Whether it has access checks of its own in Python."""
    constrained: frozenset[str]
    """What its constraints in Python name or read."""
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class AccessRow:
    """A row of ir.model.access. `model` and `group` are external ids without module; `group` is empty for everyone."""

    addon: str
    path: str
    line: int
    name: str
    model: str
    group: str
    read: bool
    write: bool
    create: bool
    unlink: bool

    @property
    def changes(self) -> tuple[str, ...]:
        return tuple(name for name in ("write", "create", "unlink") if getattr(self, name))


@dataclass(frozen=True, slots=True)
class RecordRule:
    """An ir.rule in data. `groups` is empty for a global one; `frozen`: an upgrade does not change it."""

    addon: str
    path: str
    line: int
    name: str
    model: str
    domain: str
    groups: tuple[str, ...]
    frozen: bool
    extends: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All of a release."""

    models: tuple[ModelClass, ...] = ()
    access: tuple[AccessRow, ...] = ()
    rules: tuple[RecordRule, ...] = ()


def reference(model: str) -> str:
    """The external id, without module, that Odoo gives a model."""
    return "model_" + model.replace(".", "_")
