"""The sections of `gate.toml` as frozen models: names, types, defaults and what each value must satisfy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from manifestoo_core.exceptions import UnsupportedOdooSeries
from manifestoo_core.odoo_series import OdooSeries
from packaging.requirements import InvalidRequirement, Requirement
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

OLDEST_SERIES, NEWEST_SERIES = OdooSeries.v14_0, OdooSeries.v19_0


def _supported_series(value: str) -> str:
    try:
        series = OdooSeries.from_str(value)
    except UnsupportedOdooSeries:
        raise ValueError(f"{value!r} is not an Odoo series; write it as {NEWEST_SERIES.value!r}") from None
    if not _number(OLDEST_SERIES) <= _number(series) <= _number(NEWEST_SERIES):
        raise ValueError(f"series {value} is outside {OLDEST_SERIES.value} to {NEWEST_SERIES.value}")
    return value


def _number(series: OdooSeries) -> float:
    return float(series.value)


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"names {', '.join(map(repr, twice))} more than once")
    return values


def requirement(value: object) -> str:
    """`value` as a PEP 508 string; raises ValueError in words a person can act on."""
    if not isinstance(value, str):
        raise ValueError(f'{value!r} is not a requirement; write "name==version"')  # noqa: TRY004 (as above)
    try:
        Requirement(value)
    except InvalidRequirement as error:
        raise ValueError(
            f'{value!r} is not a requirement ({str(error).splitlines()[0]}); write "name==version" or "name @ URL"'
        ) from None
    return value


def _requirements(value: object) -> tuple[str, ...] | str:
    if isinstance(value, str):
        return _relative(value)
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of requirements, or the path of a requirements file")  # noqa: TRY004
    return _unique(tuple(requirement(item) for item in value))


def _relative(value: str) -> str:
    path = Path(value)
    if not value or path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{value!r} must be a path below the project, written relative to it")
    return path.as_posix()


def _list_only(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(f'must be a list, for example ["{value}"]')  # noqa: TRY004 (pydantic wants ValueError)
    return value


Series = Annotated[str, AfterValidator(_supported_series)]
ModuleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
RelativePath = Annotated[str, AfterValidator(_relative)]
OptionalPath = Annotated[str, AfterValidator(lambda value: _relative(value) if value else "")]
Requirements = Annotated[tuple[str, ...] | str, BeforeValidator(_requirements)]
"""PEP 508 strings, or the path of a requirements file relative to the release's root."""
ModuleNames = Annotated[tuple[ModuleName, ...], BeforeValidator(_list_only), AfterValidator(_unique)]
GroupIds = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*\.[A-Za-z0-9_.]+$")], ...],
    BeforeValidator(_list_only),
    AfterValidator(_unique),
    Field(min_length=1),
]
"""XML ids of groups, `module.name`."""
Extension = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Z]{2}|_[0-9]{3})?(@[a-z]+)?$")]
Environment = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Section(BaseModel):
    """One table of `gate.toml`: cannot be changed once read, knows no key but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class ProjectSettings(Section):
    """What is judged."""

    name: Line
    series: Series


class AddonsSettings(Section):
    """Where the checkout's addons are and what they need from PyPI.

    `paths` are relative to the project; `modules` empty means all installable ones found there;
    `requirements` are PEP 508 strings, or the path of a requirements file.
    """

    paths: Annotated[
        tuple[RelativePath, ...],
        BeforeValidator(_list_only),
        AfterValidator(_unique),
        Field(min_length=1),
    ] = ("addons",)
    modules: ModuleNames = ()
    exclude: ModuleNames = ()
    requirements: Requirements = ()


class BaselineSettings(Section):
    """What runs in production today: a git reference of this repository, or a folder.

    `paths` and `requirements` default to those of `[addons]`, taken from the baseline's own root.
    """

    git: Annotated[str, StringConstraints(pattern=r"^([^-\x00-\x20\x7f][^\x00-\x20\x7f]*)?$")] = ""
    path: str = ""
    paths: Annotated[Annotated[tuple[RelativePath, ...], Field(min_length=1)] | None, BeforeValidator(_list_only)] = (
        None
    )
    requirements: Requirements | None = None

    @model_validator(mode="after")
    def _exactly_one_origin(self) -> BaselineSettings:
        if bool(self.git) == bool(self.path):
            raise ValueError('names its origin by exactly one of git = "<reference>" and path = "<folder>"')
        return self

    def describe(self) -> str:
        """Where the baseline comes from, in one line."""
        return f"git {self.git}" if self.git else f"folder {self.path}"


class StackSettings(Section):
    """The containers. An empty image means the official reference, or an equivalent built here."""

    odoo_image: str = ""
    postgres_image: str = ""
    redis_image: str = ""
    odoo_conf: OptionalPath = ""
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    server_wide_modules: ModuleNames = ("base", "web")


class DatabaseSettings(Section):
    """What every database of a run is made with."""

    languages: Annotated[
        tuple[Language, ...], BeforeValidator(_list_only), AfterValidator(_unique), Field(min_length=1)
    ] = ("en_US",)
    demo: bool = False
    extensions: Annotated[tuple[Extension, ...], BeforeValidator(_list_only), AfterValidator(_unique)] = (
        "unaccent",
        "pg_trgm",
    )


class TestsSettings(Section):
    """The addons' own tests: `tags` in the syntax of Odoo's `--test-tags` narrows them."""

    tags: str = ""
    coverage: bool = False


class StoreSettings(Section):
    """How long (days) and how large (GB) the store of sealed databases may grow."""

    max_age_days: Annotated[int, Field(ge=1)] = 30
    max_size_gb: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 20


class PolicySettings(Section):
    """Which policy judges, for which environment. An empty `file` means the policy odoo-gate ships."""

    file: str = ""
    environment: Environment = "production"


class AttestSettings(Section):
    """The keys: paths relative to the project, or absolute; empty when the environment gives them."""

    signing_key: str = ""
    public_key: str = ""


class RolesSettings(Section):
    """Who works with Odoo: each key is a role, its value the XML ids of the groups that role's user has."""

    model_config = ConfigDict(frozen=True, extra="allow", validate_default=True)
    __pydantic_extra__: dict[str, GroupIds] = Field(init=False)

    def groups(self, role: str) -> tuple[str, ...] | None:
        """The groups of `role`; None when gate.toml does not know it."""
        return self.__pydantic_extra__.get(role)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.__pydantic_extra__)
