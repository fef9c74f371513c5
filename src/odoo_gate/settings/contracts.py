"""What `gate.toml` says of contracts with other systems."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from odoo_gate.settings.sections import InvariantId, Line, RelativePath, Section, _list_only, _unique

Fault = Literal[
    "latency", "timeout", "slicer", "limit-data", "reset-peer", "down", "status-429", "status-500", "status-503",
    "half-answer", "reset-after-commit",
]  # fmt: skip
"""What goes wrong once on the way to the counterpart, or there."""
LastingFault = Literal["down", "status-503", "refused"]
"""What goes wrong until somebody gives up: the caller, if the counterpart says 422."""
ParameterKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]*$")]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]*$")]
JsonPath = Annotated[str, StringConstraints(pattern=r"^\$(\.[A-Za-z0-9_-]+)+$")]
Sql = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_FAULTS: tuple[Fault, ...] = get_args(Fault)
_LASTING: tuple[LastingFault, ...] = get_args(LastingFault)


class CallContract(Section):
    """`[[contracts.calls]]`: what Odoo asks of another system over HTTP, by a Pact file.

    `script` has `prepare(env, say, interaction)`, which makes what is to be sent and returns its business key (a
    text), `send(env, say, key)`, which does what sends it in production, and perhaps `retry(env, say, key)`, default
    `send`. `parameter`: the system parameter that holds the counterpart's address; without one, `point(env, say, url)`
    of the script sets it. `business_key` is where the request's JSON holds the key; `idempotency_header` the header by
    which the counterpart knows a repetition, empty when it cannot. `outcome` is SQL with the parameter `%(key)s` that
    gives one row: the state Odoo believes in, and whether a person sees that something is wrong. `delivered` are the
    states that mean it arrived. `attempts` are the retries it may take, `budget_seconds` how long one may last.
    `parameters` are set before.
    """

    name: InvariantId
    pact: RelativePath
    script: RelativePath
    parameter: ParameterKey = ""
    parameters: dict[ParameterKey, str] = Field(default_factory=dict)
    business_key: JsonPath
    idempotency_header: HeaderName = ""
    outcome: Sql
    delivered: Annotated[tuple[Line, ...], BeforeValidator(_list_only), AfterValidator(_unique), Field(min_length=1)]
    attempts: Annotated[int, Field(ge=1, le=20)] = 5
    budget_seconds: Annotated[float, Field(gt=0, le=300, allow_inf_nan=False)] = 15
    faults: Annotated[tuple[Fault, ...], BeforeValidator(_list_only), AfterValidator(_unique), Field(min_length=1)] = (
        _FAULTS
    )
    lasting: Annotated[tuple[LastingFault, ...], BeforeValidator(_list_only), AfterValidator(_unique)] = _LASTING


class WebhookContract(Section):
    """`[[contracts.webhooks]]`: what another system reports to Odoo over HTTP, by a Pact file.

    `script` has `prepare(env, say, interaction)`, which makes what the report speaks of and returns a mapping of
    what to replace at the top of the pact's JSON body. The report is signed with HMAC over
    `<timestamp>.<body>`, or the body alone without `timestamp_header`, by the secret in the system parameter
    `secret_parameter`. `effect` is SQL that gives one number, how often the report was taken, with the body's top
    values as parameters: `%(event)s`.
    """

    name: InvariantId
    pact: RelativePath
    script: RelativePath
    secret_parameter: Annotated[ParameterKey, StringConstraints(min_length=1)]
    signature_header: Annotated[HeaderName, StringConstraints(min_length=1)]
    timestamp_header: HeaderName = ""
    algorithm: Literal["sha256", "sha512"] = "sha256"
    effect: Sql


class DocumentsContract(Section):
    """`[contracts.documents]`: documents that Odoo keeps in an S3-compatible store.

    `script` has `point(env, say, url, bucket, access_key, secret_key)`, which leads Odoo to the store,
    `store(env, say, name, content)`, which keeps bytes as production does and returns a text that finds them again, and
    `load(env, say, reference)`, which returns the bytes. Both raise when the document is not safe, or not whole.
    """

    script: RelativePath


class ContractsSettings(Section):
    """Where the contracts lie, relative to the project: `*.yaml` is asked of both releases.

    `calls` and `webhooks` are what Odoo and other systems ask of each other over HTTP, `documents` what Odoo keeps in
    an object store; their files are named there.
    """

    folder: RelativePath = "contracts"
    calls: tuple[CallContract, ...] = ()
    webhooks: tuple[WebhookContract, ...] = ()
    documents: DocumentsContract | None = None

    @model_validator(mode="after")
    def _own_names(self) -> ContractsSettings:
        _unique((*(each.name for each in self.calls), *(each.name for each in self.webhooks)))
        return self
