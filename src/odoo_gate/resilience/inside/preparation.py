"""Runs inside Odoo before a drill: has the project's scripts make what is to be reported, and what a job is to do."""

from __future__ import annotations

import types
from typing import Any, Callable, Dict, List


def reports(
    env: Any, say: Callable[[str], None], source: str, interactions: List[str], parameter: str, secret: str
) -> List[Dict[str, Any]]:
    """Make what each report speaks of; what the script returns of it replaces values of that report's body."""
    env["ir.config_parameter"].sudo().set_param(parameter, secret)
    script = _script(source)
    made = [script.prepare(env, say, interaction) for interaction in interactions]
    wrong = next((each for each in made if not isinstance(each, dict)), None)
    if wrong is not None:
        raise TypeError("prepare returned %r instead of a mapping" % (wrong,))
    return made


def work(env: Any, say: Callable[[str], None], source: str, cron: str) -> Dict[str, Any]:
    """Make work for a scheduled action and hold it back; returns its id and the keys of the work."""
    action = env.ref(cron).sudo()
    keys = list(_script(source).prepare(env, say))
    if not keys or not all(isinstance(key, (str, int)) for key in keys):
        raise TypeError("prepare returned %r instead of a list of keys" % (keys,))
    if len(set(keys)) != len(keys):
        raise ValueError("prepare returned a key twice")
    env.flush_all() if hasattr(env, "flush_all") else env["base"].flush()
    env.cr.execute("DELETE FROM ir_cron_trigger WHERE cron_id = %s", [action.id])
    env.cr.execute("UPDATE ir_cron SET active = false WHERE id = %s", [action.id])
    return {"id": action.id, "keys": keys}


def _script(source: str) -> Any:
    module: Any = types.ModuleType("odoo_gate_resilience_script")
    exec(compile(source, "script.py", "exec"), module.__dict__)  # the project's own code
    return module
