"""Entry point of the plugin: options, and everything else only where a `gate.toml` asks for it.

Nothing heavy is imported here: pytest loads this module in every project of the environment.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest

GATE_TOML = "gate.toml"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("odoo-gate", "the release gate for Odoo")
    group.addoption(
        "--odoo-gate-project",
        metavar="DIR",
        help="the checkout to judge: a directory holding gate.toml (default: found upwards from here)",
    )
    group.addoption(
        "--odoo-gate-run",
        metavar="DIR",
        help="write this run's evidence, logs and screenshots there (default: a new folder in .odoo-gate/)",
    )
    group.addoption(
        "--odoo-gate-families",
        metavar="NAMES",
        help="ask these families of checks, as `odoo-gate run` does; `tests` are the project's own and its addons'",
    )
    group.addoption(
        "--odoo-gate-evidence",
        metavar="NAME",
        default="evidence.jsonl",
        help="the file of the run's folder that gets the evidence (default: %(default)s)",
    )
    group.addoption(
        "--odoo-gate-keep",
        action="store_true",
        help="keep the databases that failed checks and tests worked on, for `odoo-gate up --check ID`",
    )
    group.addoption(
        "--odoo-gate-attach",
        metavar="FILE",
        help="use the stack whose address this file holds, as `odoo-gate watch` does, instead of starting one",
    )
    group.addoption(
        "--no-odoo-gate",
        action="store_true",
        help="leave gate.toml alone: no Odoo tests, no containers",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "gate(check): this test is the gate check of that id, such as modules.installs-alone"
    )
    config.addinivalue_line(
        "markers", "thorough: of the gate's own suite, what `odoo-gate run --profile quick` leaves out"
    )
    project = _project(config)
    if project is None:
        return
    _write_no_byte_code(config)
    from pytest_odoo_gate import fixtures, hooks

    config.pluginmanager.register(fixtures, "odoo-gate-fixtures")
    config.pluginmanager.register(hooks.open_gate(config, project), "odoo-gate-hooks")


def _write_no_byte_code(config: pytest.Config) -> None:
    """Byte code of a conftest.py among the addons would be deployed with them, and `odoo-gate verify` refuses that."""
    config.add_cleanup(partial(setattr, sys, "dont_write_bytecode", sys.dont_write_bytecode))
    sys.dont_write_bytecode = True


def _project(config: pytest.Config) -> Path | None:
    """The directory whose gate.toml governs this session; None where the plugin has nothing to do."""
    if config.getoption("no_odoo_gate"):
        return None
    named = config.getoption("odoo_gate_project")
    if named:
        return Path(named).resolve()
    start = config.invocation_params.dir
    for directory in (start, *start.parents):
        if (directory / GATE_TOML).is_file():
            return directory
        if directory == config.rootpath:
            break
    return None
