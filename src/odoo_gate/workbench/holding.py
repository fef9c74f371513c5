"""Holds a stack from its start until it is told to end, and tells whoever started it what it does, in JSON lines.

`{"say": line}` · `{"ready": true}` once the stack stands · `{"error": message, "hint": step, "status": exit status}`.
"""

from __future__ import annotations

import json
import os
import signal
import time
import traceback
from pathlib import Path

from odoo_gate.cache import cache_dir
from odoo_gate.data import like_production
from odoo_gate.errors import ExitCode, GateError, SettingsError, StackError, UsageError
from odoo_gate.odoo.rpc import ADMIN, login_as
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed, open_testbed
from odoo_gate.settings import Settings, load_settings
from odoo_gate.stack.odoo_server import CONF, OdooServer
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.stack.standing import Person, Standing, forget_standing, standing_lock, write_standing
from odoo_gate.workbench.request import Request


def hold(request: Request) -> int:
    """Bring up what `request` asks for and hold it until SIGTERM or SIGINT; the exit status."""
    try:
        _hold(request)
    except KeyboardInterrupt:
        return int(ExitCode.GO)
    except GateError as error:
        _tell(error=error.message, hint=error.hint, status=int(error.exit_code))
        return int(error.exit_code)
    except Exception as error:
        _tell(error=f"{type(error).__name__}: {error}\n{traceback.format_exc()}", hint="", status=1)
        return 1
    return int(ExitCode.GO)


def _hold(request: Request) -> None:
    root, cache = Path(request.root), cache_dir()
    lock = standing_lock(cache, root)
    if not lock.try_exclusive():
        raise UsageError(f"a stack of {root} is coming up or going down", hint="wait for that, or: odoo-gate down")
    try:
        with Run(new_run_id(), Path(request.folder), _say) as run:
            _stand(load_settings(root, os.environ), request, run)
    finally:
        forget_standing(cache, root)
        lock.release()


def _stand(settings: Settings, request: Request, run: Run) -> None:
    testbed = open_testbed(settings, run, _say)
    release = _release(testbed, request)
    with testbed.clone(_template(testbed, release, request), release) as clone:
        server = testbed.start_server(release, clone.database)
        standing = Standing(
            root=str(settings.root),
            run=run.id,
            pid=os.getpid(),
            release=release.name,
            holds=request.holds,
            url=server.url,
            websocket_url=server.gevent_url,
            database=clone.database,
            dsn=testbed.postgres.dsn(clone.database),
            container=server.container.docker_name,
            conf=CONF,
            folder=str(run.folder),
            people=_people(server, settings),
            started=time.time(),
        )
        write_standing(run.cache, standing)
        _tell(ready=True)
        while True:
            signal.pause()


def _release(testbed: Testbed, request: Request) -> Release:
    if request.release == "candidate":
        return testbed.candidate
    if testbed.baseline is None:
        raise SettingsError("gate.toml names no [baseline]", hint="add one, or bring the candidate up")
    return testbed.baseline


def _template(testbed: Testbed, release: Release, request: Request) -> Template:
    if request.kept:
        template = testbed.store.stored(request.kept, request.about)
        if template is None:
            raise SettingsError(
                f"the database kept of {request.about} was pruned since",
                hint="keep it anew: odoo-gate run --keep-stack; store.max_size_gb in gate.toml says how much fits",
            )
        return template
    return like_production(testbed, release, _say) if request.data else testbed.full_template(release)


def _people(server: OdooServer, settings: Settings) -> tuple[Person, ...]:
    """The administrator, and a user for each role whose groups this release has; each one's password is its name."""
    people = [Person(ADMIN, ADMIN, ADMIN)]
    for role in settings.roles.names:
        try:
            login_as(server, role, settings.roles.groups(role) or (), password=role)
        except StackError as error:
            _say(f"nobody can log in as {role}: {error.message}")
        else:
            people.append(Person(role, role, role))
    return tuple(people)


def _say(line: str) -> None:
    _tell(say=line)


def _tell(**message: object) -> None:
    print(json.dumps(message), flush=True)
