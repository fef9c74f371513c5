"""Whether the integration user may do what its work needs, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.contracts.breaches import Answer, Breach
from odoo_gate.contracts.consumers import Consumers
from odoo_gate.contracts.promises import ApiContract
from odoo_gate.model import Metric

_OPERATIONS = {"read", "write", "create", "unlink"}
_NARROW = "take the right from the groups, or give the integration user narrower ones"
_WIDEN = "give the groups the right again, or agree with the consumer that it does without"


def ask_rights(contract: ApiContract, consumers: Consumers) -> Answer:
    """`contracts.rights` for one contract."""
    problem = consumers.problems.get(contract.id)
    if problem is not None:
        remedy = "name groups that the release has: their external ids, in user.groups"
        return Answer(contract, (Breach(contract, "no-user", "user", f"its user cannot be made: {problem}", remedy),))
    breaches = (*_operations(contract, consumers), *_hidden(contract, consumers))
    asked = len(_OPERATIONS) * len(contract.user.may) + sum(map(len, contract.user.may_not.values()))
    return Answer(contract, breaches, metrics=(Metric(f"{contract.id}-rights", asked, "1"),))


def _operations(contract: ApiContract, consumers: Consumers) -> Iterator[Breach]:
    rights = consumers.rights[contract.id]
    groups = ", ".join(contract.user.groups)
    for model in (*contract.user.may, *contract.user.may_not):
        if model not in rights:
            message = f"rights on {model} cannot be asked: there is no such model"
            yield Breach(contract, "model-missing", f"model {model}", message, "correct user.may and user.may_not")
            continue
        held = set(rights[model])
        wanted = set(map(str, contract.user.may.get(model, ())))
        refused = _OPERATIONS - wanted if model in contract.user.may else set(map(str, contract.user.may_not[model]))
        for operation in sorted(wanted - held):
            message = f"a user of {groups} may not {operation} {model}"
            yield Breach(contract, "right-missing", f"{operation} {model}", message, _WIDEN)
        for operation in sorted(held & refused):
            message = f"a user of {groups} may {operation} {model}"
            yield Breach(contract, "right-too-wide", f"{operation} {model}", message, _NARROW)


def _hidden(contract: ApiContract, consumers: Consumers) -> Iterator[Breach]:
    for model, names in consumers.visible[contract.id].items():
        for name in names:
            message = f"a user of {', '.join(contract.user.groups)} sees {model}.{name}"
            remedy = 'give the field groups="..." that the integration user is not in'
            yield Breach(contract, "field-visible", f"field {model}.{name}", message, remedy)
