"""Who is to blame for an error inside Odoo: the modules, or what Odoo stands on."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from odoo_gate.odoo.agent.errors import AgentFailure, ReleaseError
from odoo_gate.odoo.agent.logs import Recorder
from odoo_gate.odoo.agent.modules import is_infrastructure, judged, place_of


class OperationalError(Exception):
    """Named like psycopg2's."""

    def __init__(self, pgcode: str | None) -> None:
        super().__init__("server says no")
        self.pgcode = pgcode


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError(None), True),
        (OperationalError("53100"), True),  # disk full
        (OperationalError("57P01"), True),  # terminated by administrator
        (OperationalError("40001"), False),  # serialization failure
        (MemoryError(), True),
        (OSError(28, "No space left on device"), True),
        (FileNotFoundError("data/x.xml"), False),
        (ValueError("bad data"), False),
    ],
)
def test_is_infrastructure(error: Exception, expected: bool) -> None:
    assert is_infrastructure(error) is expected


def fail_judged(error: Exception, warning: str = "") -> None:
    with Recorder(logging.INFO) as recorder, judged(recorder):
        if warning:
            logging.getLogger("odoo").warning(warning)
        raise error


def test_an_error_of_the_modules_carries_the_warnings_logged_before() -> None:
    with pytest.raises(ReleaseError, match="ValueError: bad data") as caught:
        fail_judged(ValueError("bad data"), "careful")
    assert [line["message"] for line in caught.value.details["log"]] == ["careful"]


def test_an_error_of_the_server_is_not_the_release() -> None:
    with pytest.raises(AgentFailure) as caught:
        fail_judged(OperationalError(None))
    assert not isinstance(caught.value, ReleaseError)


def test_a_syntax_error_is_placed_where_it_is() -> None:
    with pytest.raises(SyntaxError) as caught:
        compile("def broken(:\n", "/addons/x/models/y.py", "exec")
    assert place_of(caught.value) == ("/addons/x/models/y.py", 1)


def test_an_error_is_placed_in_the_innermost_addon(tmp_path: Path) -> None:
    addon = tmp_path / "an_addon"
    addon.mkdir()
    (addon / "__manifest__.py").write_text("{}")
    space: dict[str, Any] = {}
    exec(compile("def run(f):\n    f()\n", str(addon / "a.py"), "exec"), space)

    def fail() -> None:
        raise ValueError("bad data")

    with pytest.raises(ValueError, match="bad data") as caught:
        space["run"](fail)
    assert place_of(caught.value) == (str(addon / "a.py"), 2)
