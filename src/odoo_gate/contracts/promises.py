"""What a contract promises: kind `OdooApi`, for systems that call Odoo."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    model_validator,
)

from odoo_gate.contracts.signatures import Signature, parsed

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00-\x1f\x7f]+$")]
ContractId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
ModelName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*$")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z_][A-Za-z0-9_]*$")]
MethodName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
GroupId = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*\.[A-Za-z0-9_.]+$")]
Operation = Literal["read", "write", "create", "unlink"]
Domain = list[Any]


class Part(BaseModel):
    """A part of a contract: cannot be changed once read, knows no key but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Head(Part):
    """Who relies on what: `owner` is whom to call when it breaks, `file` where it is written, from the project."""

    id: ContractId
    consumer: Line
    owner: Line
    _file: str = PrivateAttr("")

    @property
    def file(self) -> str:
        return self._file

    def written_in(self, file: str) -> Self:
        """The same contract, which knows its file."""
        known = self.model_copy()
        known._file = file
        return known


class FieldPromise(Part):
    """A field as the consumer reads it; `values` are those of a selection it knows, `relation` the other model."""

    type: Line
    values: tuple[Line, ...] = ()
    relation: str = ""

    @model_validator(mode="after")
    def _values_of_selection(self) -> FieldPromise:
        if self.values and self.type != "selection":
            raise ValueError(f"a field of type {self.type} has no values: they belong to a selection")
        return self


def _field(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


def _signature(value: str) -> str:
    parsed(value)
    return value


class MethodPromise(Part):
    """A method as the consumer calls it: `signature` without self, on `takes` records or on the model."""

    signature: Annotated[str, AfterValidator(_signature)]
    takes: Literal["records", "model"] | None = None

    @property
    def parameters(self) -> Signature:
        return parsed(self.signature)


def _method(value: object) -> object:
    return {"signature": value} if isinstance(value, str) else value


class ModelPromise(Part):
    """What a consumer uses of a model: fields it reads, methods it calls, domains it searches with."""

    fields: dict[FieldName, Annotated[FieldPromise, BeforeValidator(_field)]] = Field(default_factory=dict)
    methods: dict[MethodName, Annotated[MethodPromise, BeforeValidator(_method)]] = Field(default_factory=dict)
    domains: tuple[Domain, ...] = ()


class UserPromise(Part):
    """The integration user: its `groups`, and what it may do with models.

    On a model of `may` every operation that is not listed must be refused, as is what `may_not` lists of others.
    `hidden_fields` must not show.
    """

    groups: tuple[GroupId, ...] = Field(min_length=1)
    may: dict[ModelName, tuple[Operation, ...]] = Field(min_length=1)
    may_not: dict[ModelName, tuple[Operation, ...]] = Field(default_factory=dict)
    hidden_fields: dict[ModelName, tuple[FieldName, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_answer(self) -> UserPromise:
        both = sorted(self.may.keys() & self.may_not.keys())
        if both:
            raise ValueError(f"{', '.join(both)}: may and may_not; what may does not list is refused already")
        return self


class CallPromise(Part):
    """A call that is really made through every door: on `limit` records of domain `records`, or on the model.

    One that is not `repeatable`, such as a confirmation, is made once a door and its time is not judged.
    """

    model: ModelName
    method: MethodName
    records: Domain | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 1
    arguments: dict[str, Any] = Field(default_factory=dict)
    repeatable: bool = True


class LatencyPromise(Part):
    """The median of `calls` calls of each kind may take `budget_ms` milliseconds, on the clone."""

    budget_ms: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2000
    calls: Annotated[int, Field(ge=3, le=200)] = 5


DoorName = Literal["xml-rpc", "json-rpc", "json-2", "session"]


class ApiContract(Head):
    """What a system that calls Odoo relies on."""

    kind: Literal["OdooApi"] = "OdooApi"
    description: str = ""
    doors: tuple[DoorName, ...] = Field(min_length=1)
    user: UserPromise
    models: dict[ModelName, ModelPromise] = Field(min_length=1)
    calls: tuple[CallPromise, ...] = ()
    latency: LatencyPromise = LatencyPromise()

    @property
    def named_models(self) -> tuple[str, ...]:
        """Every model the contract speaks of."""
        named = (self.models, self.user.may, self.user.may_not, self.user.hidden_fields)
        return tuple(sorted({model for part in named for model in part}))
