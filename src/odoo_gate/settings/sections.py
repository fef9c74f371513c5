"""The sections of `gate.toml` as frozen models: names, types, defaults and what each value must satisfy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

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
TableName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$")]
InvariantId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
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
    """The containers. An empty image means the official reference, or an equivalent built here.

    `ingress_conf` is production's nginx configuration; `ingress_upstreams` are the host names it reaches Odoo by.
    """

    odoo_image: str = ""
    postgres_image: str = ""
    redis_image: str = ""
    nginx_image: str = ""
    odoo_conf: OptionalPath = ""
    ingress_conf: OptionalPath = ""
    ingress_upstreams: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")], ...],
        BeforeValidator(_list_only),
        AfterValidator(_unique),
        Field(min_length=1),
    ] = ("odoo",)
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


class DeclaredInvariantChange(Section):
    """`[[invariants.declared]]`: an expected change, so that it does not fail the release.

    `key` is a pattern (`*`, `?`) for the keys of the invariant, as findings name them. `tolerance` is the most a
    number may differ; without it any change of these keys is accepted.
    """

    invariant: InvariantId
    key: Line
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    tolerance: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class CustomInvariant(Section):
    """`[[invariants.custom]]`: the project's own question, by `sql`, `sql_file` or `script`.

    Each gives rows of a key and one or more values, to be equal before and after; with `holds`, rows that must not
    exist. `function(env, say)` of `script` runs inside Odoo and returns a list of [key, value].
    """

    id: InvariantId
    title: Line
    sql: str = ""
    sql_file: OptionalPath = ""
    script: OptionalPath = ""
    function: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "measure"
    holds: bool = False

    @model_validator(mode="after")
    def _exactly_one_measure(self) -> CustomInvariant:
        if sum(map(bool, (self.sql.strip(), self.sql_file, self.script))) != 1:
            raise ValueError("is measured by exactly one of sql, sql_file and script")
        return self


class InvariantsSettings(Section):
    """What must be the same after an upgrade or a restore, besides what odoo-gate knows by itself.

    `retention_accounts` are patterns (`*`, `?`) of the codes of accounts that hold retention.
    """

    retention_accounts: Annotated[tuple[Line, ...], BeforeValidator(_list_only), AfterValidator(_unique)] = ()
    declared: tuple[DeclaredInvariantChange, ...] = ()
    custom: tuple[CustomInvariant, ...] = ()

    @model_validator(mode="after")
    def _own_ids(self) -> InvariantsSettings:
        _unique(tuple(custom.id for custom in self.custom))
        return self


class StoreSettings(Section):
    """How long (days) and how large (GB) the store of sealed databases may grow."""

    max_age_days: Annotated[int, Field(ge=1)] = 30
    max_size_gb: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 20


class DataSettings(Section):
    """The production-like data that migration and recovery are rehearsed with.

    `archetypes` are the project's own files of archetype families, relative to the project. With `dump`, a dump of
    production is taken instead, anonymised by the rules of `[anonymise]`; `filestore` is the folder or tar of its files
    where the dump does not hold them. Both may lie anywhere.
    """

    profile: Line = "construction"
    scale: Line = "small"
    seed: int = 1
    archetypes: Annotated[tuple[RelativePath, ...], BeforeValidator(_list_only), AfterValidator(_unique)] = ()
    dump: str = ""
    filestore: str = ""

    @model_validator(mode="after")
    def _files_of_a_dump(self) -> DataSettings:
        if self.filestore and not self.dump:
            raise ValueError("names a filestore, and no dump that it belongs to")
        return self


class RecoverySettings(Section):
    """How production is backed up and restored, and what a disaster or a rollback may cost.

    `method` takes the rehearsed backup; times are seconds, None means the class of the environment. The key that
    encrypts backups comes from `key_file`, else from the environment variable `key_variable`. `rollback` is how a
    release is taken back: `restore` the backup taken before it, or run `rollback_script` (SQL, or Python with a
    function `downgrade(env, say)`). A loss above `max_lost_documents` or `max_lost_hours` fails; None: nothing older
    than the RPO may be lost.
    """

    method: Literal["pg-directory", "odoo-zip"] = "pg-directory"
    rto_seconds: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None
    rpo_seconds: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None
    backup_every_seconds: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None
    key_file: str = ""
    key_variable: str = "ODOO_GATE_BACKUP_KEY"
    rollback: Literal["restore", "script"] = "restore"
    rollback_script: OptionalPath = ""
    max_lost_documents: Annotated[int | None, Field(ge=0)] = None
    max_lost_hours: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None

    @model_validator(mode="after")
    def _script_for_script(self) -> RecoverySettings:
        if (self.rollback == "script") != bool(self.rollback_script):
            raise ValueError('names rollback_script exactly when rollback = "script"')
        return self


class PolicySettings(Section):
    """Which policy judges, for which environment. An empty `file` means the policy odoo-gate ships.

    `trust` is the trust file that says whose manual evidence counts; both may lie outside the project.
    """

    file: str = ""
    trust: str = ""
    environment: Environment = "production"


class AttestSettings(Section):
    """The keys: paths relative to the project, or absolute; empty when the environment gives them.

    `record`: the append-only log of verdicts, approvals and verifications; none is kept when it is empty.
    """

    signing_key: str = ""
    public_key: str = ""
    record: str = ""


class DeclaredChange(Section):
    """A change of the schema that is meant, and why.

    `object` is a pattern (`*`, `?`) of `table`, `table.column`, or `table.name` of a constraint or an index; `rule` one
    of the findings' rules.
    """

    object: Line
    reason: Line
    rule: Line = "*"


class MigrationSettings(Section):
    """What an upgrade of production may cost, and what it may change.

    Objectives are in seconds. `production_rows`: rows by table in production, where they differ from the data's;
    a table with `big_table_rows` or more must not be rewritten undeclared. `second_scale`: a larger `data.scale` to
    rehearse at, too, to predict production's figures. `side_by_side`: both releases must serve the upgraded database.
    """

    max_downtime_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 300
    max_lock_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 30
    big_table_rows: Annotated[int, Field(ge=1)] = 10_000
    production_rows: dict[TableName, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    second_scale: str = ""
    side_by_side: bool = False
    declared: tuple[DeclaredChange, ...] = ()


Anonymised = Literal[
    "name", "email", "login", "alias", "phone", "code", "vat", "iban", "street", "city", "words", "label", "html",
    "path", "token", "uuid", "url", "ip", "reference", "domain", "date", "wage", "json", "clear",
]  # fmt: skip
"""What a column holds, and so how it is anonymised."""
ColumnPattern = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_*?\[\]!-]+\.[A-Za-z0-9_*?\[\]!-]+$")]


class AnonymiseSettings(Section):
    """How a copy of production loses what it says of people.

    `rules` and `keep` map `table.column` (wildcards allowed) to a kind, and to the reason it may stay. `amounts`
    are kept, or all multiplied by the whole number `factor`. `salt_file` holds the secret when no variable gives
    it; `missing_files` is how many attachments may lack their file already in production.
    """

    rules: dict[ColumnPattern, Anonymised] = {}
    keep: dict[ColumnPattern, Line] = {}
    amounts: Literal["keep", "scale"] = "keep"
    factor: Annotated[int, Field(ge=2, le=99)] = 7
    salt_file: str = ""
    missing_files: Annotated[int, Field(ge=0)] = 0


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
