"""Runs inside Odoo: has it call the counterpart, scenario by scenario, and notes what it did and what it believes.

Each step has a transaction of its own, as a request or a scheduled action has. A step that outlasts the budget is
freed by taking the fault away, so that code without a timeout is found out instead of waited for.
"""

from __future__ import annotations

import json
import threading
import time
import types
import urllib.request
from typing import Any, Callable, Dict, List

FREED_SECONDS = 30
"""How long a freed step may take to notice, before nothing more is expected of it."""


def drive(env: Any, say: Callable[[str], None], plan: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Play the scenarios of `plan` and return what happened in each, in order."""
    return _Driver(env, say, plan).run()


def prepare(
    env: Any, say: Callable[[str], None], source: str, interactions: List[str], parameters: Dict[str, str]
) -> List[Dict[str, Any]]:
    """Have a script make what reports speak of; what it returns of each replaces values of that report's body."""
    _set_parameters(env, parameters)
    script = _script(source)
    made = [script.prepare(env, say, interaction) for interaction in interactions]
    wrong = next((each for each in made if not isinstance(each, dict)), None)
    if wrong is not None:
        raise TypeError("prepare returned %r instead of a mapping" % (wrong,))
    return made


class _Driver:
    def __init__(self, env: Any, say: Callable[[str], None], plan: Dict[str, Any]) -> None:
        self._env = env
        self._say = say
        self._plan = plan
        self._script = _script(plan["source"])
        self._retry = getattr(self._script, "retry", self._script.send)

    def run(self) -> List[Dict[str, Any]]:
        self._in_transaction(self._point)
        return [self._play(scenario) for scenario in self._plan["scenarios"]]

    def _point(self, env: Any) -> None:
        _set_parameters(env, self._plan["parameters"])
        if self._plan["parameter"]:
            _set_parameters(env, {self._plan["parameter"]: self._plan["url"]})
        else:
            self._script.point(env, self._say, self._plan["url"])

    def _play(self, scenario: Dict[str, Any]) -> Dict[str, Any]:
        self._say("%s: %s" % (self._plan["name"], scenario["id"]))
        self._lift()
        self._ask("counterpart", "POST", "/reset", {})
        key = self._in_transaction(lambda env: self._script.prepare(env, self._say, scenario["interaction"]))
        if not isinstance(key, str) or not key:
            raise TypeError("prepare returned %r instead of a business key" % (key,))
        self._ask("counterpart", "POST", "/plan", {"then": scenario["then"], "answers": scenario["answers"]})
        self._arm(scenario)
        steps = [self._step("send", self._script.send, key)]
        outcomes = [self._outcome(key)]
        struck = self._struck()
        if not scenario["lasting"]:
            self._lift()
        for _ in range(self._plan["attempts"] if scenario["retries"] else 0):
            if outcomes[-1]["state"] in self._plan["delivered"]:
                break
            if scenario["lasting"] and outcomes[-1]["visible"]:
                break
            steps.append(self._step("retry", self._retry, key))
            outcomes.append(self._outcome(key))
        heard = self._ask("counterpart", "GET", "/requests")
        self._lift()
        return {
            "id": scenario["id"], "key": key, "steps": steps, "outcomes": outcomes, "struck": struck, "heard": heard,
        }  # fmt: skip

    def _arm(self, scenario: Dict[str, Any]) -> None:
        for toxic in scenario["toxics"]:
            self._ask("proxy", "POST", "/proxies/%s/toxics" % self._plan["proxy"], toxic)
        if scenario["down"]:
            self._ask("proxy", "POST", "/proxies/%s" % self._plan["proxy"], {"enabled": False})

    def _lift(self) -> None:
        self._ask("proxy", "POST", "/reset", {})

    def _struck(self) -> Dict[str, int]:
        """How much data each toxic has met; nothing when a step had to be freed, which took them away."""
        toxics = self._ask("proxy", "GET", "/proxies")[self._plan["proxy"]]["toxics"]
        return {toxic["type"]: toxic["struck"] for toxic in toxics}

    def _step(self, what: str, function: Callable[..., Any], key: str) -> Dict[str, Any]:
        """One call of the script; an error of Odoo's is noted, not raised: what it leads to is the question."""
        started = time.monotonic()
        step: Dict[str, Any] = {"what": what, "error": "", "hung": False}
        ended = threading.Event()

        def free() -> None:
            if not ended.wait(self._plan["budget"]):
                step["hung"] = True
                self._lift()

        watch = threading.Thread(target=free, daemon=True)
        watch.start()
        try:
            self._in_transaction(lambda env: function(env, self._say, key))
        except Exception as error:
            step["error"] = "%s: %s" % (type(error).__name__, error)
        ended.set()
        watch.join(FREED_SECONDS)
        step["seconds"] = time.monotonic() - started
        return step

    def _outcome(self, key: str) -> Dict[str, Any]:
        def read(env: Any) -> Any:
            env.cr.execute(self._plan["outcome"], {"key": key})
            return env.cr.fetchall()

        rows = self._in_transaction(read)
        if len(rows) != 1 or len(rows[0]) != 2:
            return {"state": None, "visible": False, "rows": len(rows)}
        state, visible = rows[0]
        return {"state": None if state is None else str(state), "visible": bool(visible), "rows": 1}

    def _in_transaction(self, function: Callable[[Any], Any]) -> Any:
        with self._env.registry.cursor() as cursor:
            env = self._env(cr=cursor)
            result = function(env)
            env.cr.commit()
            return result

    def _ask(self, program: str, method: str, path: str, body: Any = None) -> Any:
        control = self._plan[program + "_control"]
        request = urllib.request.Request(
            control["url"] + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": "Bearer " + control["token"], "Content-Type": "application/json"},
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=FREED_SECONDS) as answer:
            return json.loads(answer.read())


def _script(source: str) -> Any:
    module: Any = types.ModuleType("odoo_gate_calls_script")
    exec(compile(source, "script.py", "exec"), module.__dict__)  # the project's own code
    return module


def _set_parameters(env: Any, parameters: Dict[str, str]) -> None:
    for key, value in parameters.items():
        env["ir.config_parameter"].sudo().set_param(key, value)
