from __future__ import annotations

import logging
import warnings

from odoo_gate.odoo.agent.logs import MOST_LINES, Recorder, from_level, line_of


def record(name: str, message: str) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "/x.py", 3, message, None, None)


def test_a_python_warning_is_parted_from_the_stack_odoo_appends() -> None:
    line = line_of(record("py.warnings", "/a.py:1: DeprecationWarning: old\n  File x\n  File y"))
    assert line["message"] == "/a.py:1: DeprecationWarning: old"
    assert "File y" in line["traceback"]


def test_a_message_that_cannot_be_formatted_is_kept_as_it_was_written() -> None:
    broken = logging.LogRecord("x", logging.ERROR, "/x.py", 3, "%d apples", ("three",), None)
    assert line_of(broken)["message"] == "%d apples"


def test_recorder_takes_what_was_logged_while_it_stood() -> None:
    with Recorder(logging.INFO) as recorder:
        logging.getLogger("a").warning("one %s", "two")
        assert [line["message"] for line in recorder.take()] == ["one two"]
        assert recorder.take() == []
    logging.getLogger("a").warning("after")
    assert recorder.take() == []


def test_chatter_is_cut_and_errors_never_are() -> None:
    logger = logging.getLogger("chatter")
    logger.setLevel(logging.INFO)
    with Recorder(logging.INFO) as recorder:
        for _ in range(MOST_LINES + 10):
            logger.info("x")
        logger.error("the one")
        lines = recorder.take()
    assert len(lines) == MOST_LINES + 1
    assert [line["message"] for line in from_level(lines, logging.ERROR)] == ["the one"]


def test_warnings_module_is_not_swallowed() -> None:
    with warnings.catch_warnings(record=True) as caught, Recorder(logging.WARNING):
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert len(caught) == 1
