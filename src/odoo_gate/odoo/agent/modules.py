"""Install, update and uninstall modules in a database, and say what Odoo logged meanwhile."""

from __future__ import annotations

import contextlib
import logging
import time
import traceback
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Sequence, Set

from . import series
from .errors import AgentFailure, ReleaseError
from .logs import Line, Recorder

Progress = Callable[[str], None]

_INFRASTRUCTURE_CLASSES = ("08", "53", "57", "58")
"""SQLSTATE classes about the server, not the statement: connection, resources, operator, system."""


def create_base(progress: Progress, database: str, demo: bool, languages: Sequence[str]) -> Dict[str, Any]:
    """`odoo -i base` on an existing, empty database, with `languages` active."""
    return _change(progress, database, languages, install=["base"], demo=demo)


def install(
    progress: Progress,
    database: str,
    modules: Sequence[str],
    auto_install: bool,
    languages: Sequence[str],
    demo: bool,
) -> Dict[str, Any]:
    """As `odoo -i`; without `auto_install`, exactly `modules` and nothing that Odoo would add by itself."""
    before = set() if auto_install else _installed(database)
    if not auto_install:
        series.without_auto_install()
    done = _change(progress, database, languages, install=modules, demo=demo)
    after = _installed(database)
    _require_installed(modules, after, done["log"])
    extra = after - before - set(modules)
    if not auto_install and extra:
        raise AgentFailure(
            "asked to install exactly " + ", ".join(modules) + ", Odoo also installed " + ", ".join(sorted(extra)),
            log=done["log"],
        )
    return done


def update(progress: Progress, database: str, modules: Sequence[str]) -> Dict[str, Any]:
    """As `odoo -u`."""
    _require_installed(modules, _installed(database), [])
    return _change(progress, database, (), update=modules)


def uninstall(progress: Progress, database: str, modules: Sequence[str]) -> Dict[str, Any]:
    """Uninstall `modules` and whatever depends on them, as the Apps screen does."""
    _require_installed(modules, _installed(database), [])
    done = _change(progress, database, (), remove=modules)
    left = _installed(database) & set(modules)
    if left:
        raise ReleaseError("still installed after uninstalling: " + ", ".join(sorted(left)), log=done["log"])
    return done


def warm_assets(progress: Progress, database: str) -> Dict[str, Any]:
    """Generate the asset bundles into the database, so that its clones need not."""
    started = time.monotonic()
    series.bind(database)
    with Recorder(logging.WARNING) as recorder, judged(recorder):
        registry = series.new_registry(database)
        progress("generating asset bundles")
        with series.environment(registry) as env:
            generated = series.pregenerate_assets(env)
    return {"generated": generated, "seconds": time.monotonic() - started, "log": recorder.take()}


def _change(
    progress: Progress,
    database: str,
    languages: Sequence[str],
    install: Sequence[str] = (),
    update: Sequence[str] = (),
    remove: Sequence[str] = (),
    demo: bool = False,
) -> Dict[str, Any]:
    series.bind(database)
    started, queries = time.monotonic(), series.query_count()
    with Recorder(logging.INFO, _tell_loading(progress)) as recorder, judged(recorder):
        series.load_server_wide_modules()
        if remove:
            with series.environment(series.new_registry(database)) as env:
                env["ir.module.module"].search([("name", "in", list(remove))]).button_uninstall()
        registry = series.new_registry(database, change=bool(remove), install=install, update=update, demo=demo)
        for language in languages:
            with series.environment(registry) as env:
                if not env["res.lang"].search([("code", "=", language)]):
                    progress("loading language " + language)
                    series.load_language(env, language)
        log = _from_warning(recorder.take())
    return {
        "log": log,
        "queries": series.query_count() - queries,
        "seconds": time.monotonic() - started,
    }


def _tell_loading(progress: Progress) -> Callable[[logging.LogRecord], None]:
    def watch(record: logging.LogRecord) -> None:
        if record.name == "odoo.modules.loading" and str(record.msg).startswith("Loading module"):
            progress(record.getMessage())

    return watch


def _from_warning(lines: List[Line]) -> List[Line]:
    return [line for line in lines if line["levelno"] >= logging.WARNING]


class judged:
    """Turns what Odoo raises into the release's fault, unless the database server or the disk is to blame."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None or isinstance(error, AgentFailure) or not isinstance(error, Exception):
            return
        log = self._recorder.take()
        if is_infrastructure(error):
            raise AgentFailure(_one_line(error), log=_from_warning(log)) from error
        file, line = place_of(error)
        raise ReleaseError(_one_line(error), log=_from_warning(log), file=file, line=line) from error


def is_infrastructure(error: BaseException) -> bool:
    """True when the database server, the disk or memory failed rather than the modules."""
    if isinstance(error, (MemoryError, OSError)) and not isinstance(error, (FileNotFoundError, PermissionError)):
        return True
    code = getattr(error, "pgcode", None)
    if code:
        return str(code)[:2] in _INFRASTRUCTURE_CLASSES
    return type(error).__name__ in ("OperationalError", "InterfaceError", "PoolError")


def place_of(error: BaseException) -> Any:
    """File and line to show for an error: the syntax error's own, else the innermost frame in an addon."""
    cause: Any = error
    while cause is not None:
        if isinstance(cause, SyntaxError) and cause.filename:
            return cause.filename, cause.lineno or 1
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if _in_addon(frame.filename):
            return frame.filename, frame.lineno
    return "", None


def _in_addon(path: str) -> bool:
    return any((parent / "__manifest__.py").exists() for parent in Path(path).parents) and (
        "/odoo/addons/base/" not in path
    )


def _one_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return type(error).__name__ + ": " + text if type(error).__name__ not in text else text


def _installed(database: str) -> Set[str]:
    with contextlib.closing(series.cursor(database)) as cursor:
        cursor.execute("SELECT name FROM ir_module_module WHERE state = 'installed'")
        return {name for (name,) in cursor.fetchall()}


def _require_installed(modules: Iterable[str], installed: Set[str], log: List[Line]) -> None:
    missing = sorted(set(modules) - installed)
    if missing:
        raise ReleaseError("not installed: " + ", ".join(missing), log=log)
