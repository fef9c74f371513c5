"""Which tests Odoo would run, told without a database."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
import traceback
import unittest
from typing import Any, Dict, List, Sequence, Set, Tuple

from . import series
from .errors import ReleaseError
from .modules import place_of

Entry = Dict[str, Any]


def list_tests(modules: Sequence[str], tags: str) -> Dict[str, Any]:
    """The tests of `modules` in both lanes, the files Odoo looked at, and what cannot be imported.

    A module whose code or tests raise on import has one error with file, line and traceback; the tests of the
    others are listed all the same.
    """
    series.use_tags(tags)
    tests: List[Entry] = []
    errors: List[Entry] = []
    files: Set[str] = set()
    for module in modules:
        try:
            _import_with_dependencies(module, set())
            _import_tests(module)
            files.update(source.__file__ for source in series.test_modules(module) if source.__file__)
            tests.extend(_tests_of(module))
        except Exception as error:
            errors.append(_import_error(module, error))
    return {"tests": tests, "files": sorted(files), "errors": errors}


def test_id(found_in: str, case: unittest.TestCase) -> str:
    """Odoo's canonical tag, `/project/tests/test_x.py:TestX.test_y`, of the file the test was found in."""
    path = found_in
    for prefix in ("odoo.addons.", "odoo.upgrade."):
        if path.startswith(prefix):
            path = path[len(prefix) :]
    return "/%s.py:%s.%s" % (path.replace(".", "/"), type(case).__name__, method_of(case))


def method_of(case: unittest.TestCase) -> str:
    return str(case._testMethodName)


def _import_with_dependencies(module: str, seen: Set[str]) -> None:
    if module in seen:
        return
    seen.add(module)
    if not series.module_path(module):
        raise ReleaseError("module " + module + " is not on the addons path")
    for dependency in series.manifest(module).get("depends", []):
        _import_with_dependencies(dependency, seen)
    series.import_module(module)


def _import_tests(module: str) -> None:
    """Import the tests ourselves: before 15, Odoo's loader logs an import error and goes on without."""
    name = "odoo.addons." + module + ".tests"
    if os.path.isdir(os.path.join(series.module_path(module), "tests")):
        importlib.import_module(name)


def _tests_of(module: str) -> List[Entry]:
    entries: Dict[Tuple[str, str], Entry] = {}
    for lane in series.LANES:
        for order, test in enumerate(series.find_tests(module, lane)):
            entry = _entry(module, lane, order, test)
            entries.setdefault((lane, entry["id"]), entry)
    return list(entries.values())


def _entry(module: str, lane: str, order: int, test: series.FoundTest) -> Entry:
    case, source = test.case, sys.modules[test.found_in]
    method = getattr(type(case), method_of(case))
    return {
        "id": test_id(test.found_in, case),
        "module": module,
        "lane": lane,
        "order": order,
        "file": source.__file__,
        "line": _line(method, type(case), source.__file__ or ""),
        "cls": type(case).__name__,
        "method": method_of(case),
        "doc": (inspect.getdoc(method) or "").split("\n", 1)[0],
        "tags": sorted(getattr(case, "test_tags", ())),
        "http": series.is_http_case(case),
    }


def _line(method: Any, cls: type, file: str) -> int:
    """Line of the test in `file`; of its class, or 1, when the method is defined elsewhere."""
    code = getattr(inspect.unwrap(method), "__code__", None)
    if code is not None and os.path.realpath(code.co_filename) == os.path.realpath(file):
        return int(code.co_firstlineno)
    try:
        if os.path.realpath(inspect.getfile(cls)) == os.path.realpath(file):
            return inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):
        pass
    return 1


def _import_error(module: str, error: Exception) -> Entry:
    file, line = place_of(error)
    return {
        "module": module,
        "file": file,
        "line": line,
        "type": type(error).__name__,
        "message": str(error),
        "traceback": "".join(traceback.format_exception(type(error), error, error.__traceback__)),
    }
