"""Both releases on one database: whether the baseline still serves its users after the upgrade."""

from __future__ import annotations

from odoo_gate.errors import StackError
from odoo_gate.migration.probe import journey_problem
from odoo_gate.migration.rehearsal import Rehearsal
from odoo_gate.migration.stage import Stage
from odoo_gate.model import Finding


def both_serve(stage: Stage, rehearsal: Rehearsal) -> tuple[Finding, ...]:
    """`migration.both-serve`: the baseline's server starts on the upgraded database, and a user works there.

    It has served the same users just before the upgrade: what keeps it from that now is the release's doing.
    """
    problem = _problem(stage, rehearsal)
    if not problem:
        return ()
    message = f"the baseline cannot serve users on the upgraded database: {problem}"
    remedy = "split the change: first add, later remove; or stop the baseline before the upgrade"
    return (Finding("cannot-serve", message, remedy=remedy),)


def _problem(stage: Stage, rehearsal: Rehearsal) -> str:
    try:
        server = stage.serve(stage.baseline)
    except StackError as error:
        return error.message
    try:
        return journey_problem(server, rehearsal.models)
    finally:
        stage.stop(server)
