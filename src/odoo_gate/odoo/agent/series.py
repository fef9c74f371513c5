"""Everything that differs between Odoo 14 and 19. No other file of the agent asks which series it runs on.

Where a difference can be seen on Odoo itself (a parameter, an option, an attribute) that is what is looked
at; the series number decides only what cannot be seen.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import os
import sys
import threading
import time
import types
import unittest
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

LANES = ("at_install", "post_install")


def _module(name: str) -> Any:
    """A module of Odoo, whose attributes no type checker on the host can know."""
    return importlib.import_module("odoo." + name)


def _exists(name: str) -> bool:
    return importlib.util.find_spec("odoo." + name) is not None


class Configuration(NamedTuple):
    """What the container says about the database server and the addons."""

    addons_paths: Tuple[str, ...]
    data_dir: str
    server_wide: Tuple[str, ...]
    db_host: str
    db_port: str
    db_user: str
    db_password: str
    screenshots: str


class FoundTest(NamedTuple):
    """A test as Odoo's loader found it, with the Python module it was found in."""

    found_in: str
    case: unittest.TestCase


# ---------------------------------------------------------------------------------------------- start


def preload(configuration: Configuration) -> None:
    """Import and configure Odoo without starting a thread or touching a database."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    importlib.import_module("odoo")
    if _exists("init"):  # since 19, `odoo` is a namespace package
        _module("init")
    config = _module("tools").config
    arguments = _arguments(configuration)
    if "setup_logging" in inspect.signature(config.parse_config).parameters:
        config.parse_config(arguments, setup_logging=True)
    else:
        config.parse_config(arguments)
    for name in ("http", "service.server", "modules.registry", "modules.loading"):
        _module(name)
    load_module = _module("modules.module").load_openerp_module
    for name in ("base", "web"):
        load_module(name)
    for name in ("tests", "tests.common", "tests.loader"):
        _module(name)


def _arguments(configuration: Configuration) -> List[str]:
    arguments = [
        "--data-dir=" + configuration.data_dir,
        "--load=" + ",".join(configuration.server_wide),
        "--http-interface=127.0.0.1",
        "--max-cron-threads=0",
        "--workers=0",
        "--db_host=" + configuration.db_host,
        "--db_port=" + configuration.db_port,
        "--db_user=" + configuration.db_user,
        "--db_password=" + configuration.db_password,
        "--screenshots=" + configuration.screenshots,
    ]
    if configuration.addons_paths:
        arguments.insert(0, "--addons-path=" + ",".join(_all_addons_paths(configuration.addons_paths)))
    return arguments


def _all_addons_paths(own: Sequence[str]) -> List[str]:
    """Own paths, then Odoo's default ones, which an explicit --addons-path would push out before 19."""
    root = os.path.dirname(_module("release").__file__)
    defaults = [os.path.join(root, "addons"), os.path.abspath(os.path.join(root, "..", "addons"))]
    present = [path for path in defaults if os.path.isdir(os.path.join(path, "base"))]
    present += [path for path in defaults if path not in present and os.path.isdir(os.path.join(path, "web"))]
    return [*own, *(path for path in present if path not in own)]


def release() -> Any:
    return _module("release")


def name() -> str:
    """The series, such as `19.0`."""
    return ".".join(str(part) for part in release().version_info[:2])


def number() -> int:
    """The major number, such as 19; a `saas~18.2` counts as 18."""
    return int(str(release().version_info[0]).replace("saas~", "").replace("saas-", "").split(".")[0])


def config() -> Any:
    return _module("tools").config


def bind(database: str) -> None:
    """Make `database` the only one this process serves."""
    options = config()
    options["db_name"] = [database] if isinstance(options["db_name"], list) else database
    options["dbfilter"] = ""
    threading.current_thread().dbname = database  # type: ignore[attr-defined]
    common = _module("tests.common")
    if hasattr(common, "DB"):
        common.DB = database


def load_server_wide_modules() -> None:
    """Raises what a server-wide module raises; Odoo itself would only log it."""
    load_module = _module("modules.module").load_openerp_module
    listed = config()["server_wide_modules"]
    for module in listed.split(",") if isinstance(listed, str) else listed:
        load_module(module.strip())


# -------------------------------------------------------------------------------------------- modules


def manifest(module: str) -> Dict[str, Any]:
    """The manifest of a module on the addons path, empty when there is none."""
    source = _module("modules.module")
    for reader in ("get_manifest", "load_information_from_description_file"):
        if hasattr(source, reader):
            return dict(getattr(source, reader)(module) or {})
    raise AttributeError("this Odoo has no way to read a manifest")


def module_path(module: str) -> str:
    """The directory of a module, empty when it is not on the addons path."""
    found = _module("modules.module").get_module_path(module, display_warning=False)
    return str(found or "")


def import_module(module: str) -> None:
    """Import the Python package of an Odoo module and run its post_load hook, once."""
    _module("modules.module").load_openerp_module(module)


def new_registry(
    database: str,
    *,
    change: bool = False,
    install: Sequence[str] = (),
    update: Sequence[str] = (),
    demo: bool = False,
) -> Any:
    """Load the registry; `change` carries out what is marked, `install` and `update` as -i and -u."""
    options = config()
    options["init"] = dict.fromkeys(install, True)
    options["update"] = dict.fromkeys(update, True)
    if "with_demo" in options.options:
        options["with_demo"] = demo
    else:
        options["without_demo"] = False if demo else "all"
        options["demo"] = dict(options["init"]) if demo else {}
    registry_class = _module("modules.registry").Registry
    wanted: Dict[str, Any] = {"update_module": bool(change or install or update)}
    parameters = inspect.signature(registry_class.new).parameters
    if "install_modules" in parameters:
        wanted["install_modules"] = list(install)
    if "upgrade_modules" in parameters:
        wanted["upgrade_modules"] = list(update)
    return registry_class.new(database, **wanted)


@contextlib.contextmanager
def threads_environments() -> Iterator[None]:
    """Odoo 14 keeps the environments of a thread in a block that must be entered by hand."""
    manage = getattr(_module("api").Environment, "manage", None)
    if manage is None or number() > 14:
        yield
        return
    with manage():
        yield


@contextlib.contextmanager
def environment(registry: Any) -> Iterator[Any]:
    """An environment of the superuser; committed when the block ends well."""
    api = _module("api")
    with threads_environments(), registry.cursor() as cursor:
        yield api.Environment(cursor, 1, {})


def cursor(database: str) -> Any:
    """A plain cursor, to be closed; what it writes is lost unless committed."""
    return _module("sql_db").db_connect(database).cursor()


def without_auto_install() -> None:
    """From now on this process installs what it is asked for and nothing else."""
    source = _module("addons.base.models.ir_module")
    definition = next(
        thing
        for thing in vars(source).values()
        if isinstance(thing, type) and getattr(thing, "_name", None) == "ir.module.module"
    )
    original = definition.button_install  # type: ignore[attr-defined]

    def button_install(self: Any) -> Any:
        automatic = self.search([("auto_install", "=", True)])
        automatic.write({"auto_install": False})
        result = original(self)
        automatic.write({"auto_install": True})
        return result

    for attribute, value in vars(original).items():
        setattr(button_install, attribute, value)
    definition.button_install = button_install  # type: ignore[attr-defined]


def load_language(env: Any, language: str) -> None:
    _module("tools.translate").load_language(env.cr, language)


def pregenerate_assets(env: Any) -> bool:
    """Generate asset bundles as Odoo does before post_install tests; False where it has no such step."""
    generate = getattr(type(env["ir.qweb"]), "_pregenerate_assets_bundles", None)
    if generate is None:
        return False
    env["ir.qweb"]._pregenerate_assets_bundles()
    return True


def query_count() -> int:
    return int(_module("sql_db").sql_counter)


# ---------------------------------------------------------------------------------------------- tests


def use_tags(tags: str) -> None:
    """What --test-tags does; the empty string means Odoo's default, the standard tests."""
    config()["test_tags"] = tags or "+standard"


def test_modules(module: str) -> List[types.ModuleType]:
    """The Python modules in which Odoo looks for the tests of an Odoo module."""
    return list(_module("tests.loader").get_test_modules(module))


def find_tests(module: str, lane: str) -> List[FoundTest]:
    """The tests of one lane, in Odoo's order, each with the Python module it was found in.

    Raises AssertionError when this walk and Odoo's own `make_suite` disagree.
    """
    loader = _module("tests.loader")
    selector = _selector_class()
    in_lane, chosen = selector(lane), selector(config()["test_tags"])
    found = [
        FoundTest(source.__name__, case)
        for source in loader.get_test_modules(module)
        for case in _cases_in(loader, source)
        if in_lane.check(case) and chosen.check(case)
    ]
    if number() >= 15:
        found.sort(key=lambda test: getattr(test.case, "test_sequence", 0))
    theirs = loader.make_suite(module if number() < 15 else [module], lane)
    if [str(case.id()) for case in theirs] != [str(test.case.id()) for test in found]:
        raise AssertionError("the tests found in " + module + " are not those of Odoo's make_suite")
    return found


def _selector_class() -> Any:
    if _exists("tests.tag_selector"):
        return _module("tests.tag_selector").TagsSelector
    return _module("tests.common").TagsSelector


def _cases_in(loader: Any, source: types.ModuleType) -> Iterable[unittest.TestCase]:
    if hasattr(loader, "get_module_test_cases"):
        return list(loader.get_module_test_cases(source))
    return list(loader.unwrap_suite(unittest.TestLoader().loadTestsFromModule(source)))


def result_class() -> Any:
    for source in ("tests.result", "tests.runner"):
        if _exists(source):
            return _module(source).OdooTestResult
    raise AttributeError("this Odoo has no OdooTestResult")


def empty_suite() -> Any:
    """Odoo's own suite class, whose steps `enter_class`, `leave_class` and `run_case` take one at a time."""
    for source in ("tests.suite", "tests.common"):
        if _exists(source):
            suite = getattr(_module(source), "OdooSuite", None)
            if suite is not None:
                return suite([])
    raise AttributeError("this Odoo has no OdooSuite")


@contextlib.contextmanager
def running_tests(module: str) -> Iterator[None]:
    """The process-wide marks Odoo sets while a suite runs."""
    source = _module("modules.module")
    thread = threading.current_thread()
    before = getattr(thread, "testing", False)
    source.current_test = module if number() < 16 else True
    thread.testing = True  # type: ignore[attr-defined]
    try:
        with threads_environments():
            yield
    finally:
        source.current_test = None if number() < 16 else False
        thread.testing = before  # type: ignore[attr-defined]


def enter_class(suite: Any, case: unittest.TestCase, result: Any) -> None:
    """Set the class of `case` up unless it is already; errors go to `result`."""
    if number() >= 17:
        _module("modules.module").current_test = case
    if hasattr(suite, "_handleModuleFixture"):
        suite._handleModuleFixture(case, result)
    suite._handleClassSetUp(case, result)
    result._previousTestClass = case.__class__


def class_failed(case: unittest.TestCase, result: Any) -> bool:
    return bool(getattr(case.__class__, "_classSetupFailed", False) or getattr(result, "_moduleSetUpFailed", False))


def run_case(case: unittest.TestCase, result: Any) -> None:
    if number() >= 17:
        _module("modules.module").current_test = case
    case(result)


def leave_class(suite: Any, result: Any) -> None:
    """Tear the current class down; errors go to `result`."""
    suite._tearDownPreviousClass(None, result)
    result._previousTestClass = None


def is_http_case(case: unittest.TestCase) -> bool:
    common = _module("tests.common")
    return isinstance(case, getattr(common, "HttpCaseCommon", common.HttpCase))


def load_and_stop_at(database: str, module: str, serve: Callable[[Any], None]) -> bool:
    """Load the registry and call `serve(registry)` at the moment Odoo runs the at_install tests of `module`.

    At that moment the registry holds the modules up to `module` and nothing after, is neither `loaded` nor
    `ready`, and no `_register_hook` has been called. False when the load ends without such a moment.
    """
    loader = _module("tests.loader")
    registry_class = _module("modules.registry").Registry
    reached: List[bool] = []

    class Moment:
        """Stands where a suite would, so that Odoo prepares the registry for tests."""

        def __init__(self, names: Any) -> None:
            self.names = [names] if isinstance(names, str) else list(names)

        def countTestCases(self) -> int:
            return int(module in self.names)

    def make_suite(names: Any, position: str = "at_install") -> Moment:
        return Moment(names if position == "at_install" else [])

    def run_suite(*_: Any, **__: Any) -> Any:
        reached.append(True)
        loader.make_suite, loader.run_suite = theirs
        serve(registry_class.registries[database])
        return result_class()()

    theirs = loader.make_suite, loader.run_suite
    loader.make_suite, loader.run_suite = make_suite, run_suite
    try:
        _load_for_tests(database)
    finally:
        loader.make_suite, loader.run_suite = theirs
    return bool(reached)


def load_whole(database: str) -> Any:
    """Load the registry as far as Odoo has it when the post_install tests run."""
    loader = _module("tests.loader")
    theirs = loader.make_suite
    loader.make_suite = lambda *_, **__: empty_suite()
    try:
        return _load_for_tests(database)
    finally:
        loader.make_suite = theirs


def _load_for_tests(database: str) -> Any:
    config()["test_enable"] = True
    return new_registry(database)


# ----------------------------------------------------------------------------------------------- HTTP


def start_http_server() -> int:
    """Serve HTTP on a free port of 127.0.0.1 as Odoo's threaded server does under test; returns the port."""
    server_module = _module("service.server")
    http = _module("http")
    options = config()
    options["http_port"] = 0
    application = getattr(http, "root", None)
    if _exists("service.wsgi_server"):  # until 15
        wsgi = _module("service.wsgi_server")
        application = wsgi.application
        if hasattr(wsgi, "_patch_xmlrpc_marshaller"):
            wsgi._patch_xmlrpc_marshaller()
    server = server_module.ThreadedServer(application)
    server_module.server = server
    server.http_spawn()
    deadline = time.monotonic() + 30
    while server.httpd is None:  # Odoo 14 creates it in the thread
        if time.monotonic() > deadline:
            raise RuntimeError("Odoo's HTTP server did not start within 30 s")
        time.sleep(0.01)
    port = int(server.httpd.server_port)
    options["http_port"] = port
    server.port = port
    return port


def set_base_url(database: str, port: int) -> None:
    """Write web.base.url before the registry is loaded, as it is frozen in the database at installation."""
    url = "http://localhost:%d" % port
    with contextlib.closing(cursor(database)) as opened:
        opened.execute("UPDATE ir_config_parameter SET value = %s WHERE key = 'web.base.url'", [url])
        opened.commit()


def filestore(data_dir: str, database: str) -> str:
    return os.path.join(data_dir, "filestore", database)


def python_version() -> str:
    return ".".join(str(part) for part in sys.version_info[:3])


def odoo_version() -> str:
    return str(release().version)


def module_of(case: unittest.TestCase) -> Optional[str]:
    """The Odoo module a test case belongs to."""
    found = getattr(case, "test_module", None)
    return str(found) if found else None
