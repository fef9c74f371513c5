"""What the database server raises becomes a message with a next step, and an exit status of its own."""

from __future__ import annotations

import psycopg
import pytest

from odoo_gate.errors import ExitCode, TemplateError
from odoo_gate.odoo.databases import database_errors
from odoo_gate.odoo.stored import facts_of, stored_template


def raised(error: Exception) -> TemplateError:
    with pytest.raises(TemplateError) as caught, database_errors("clone of the template of base"):
        raise error
    return caught.value


def test_a_full_disk_is_called_that() -> None:
    error = raised(psycopg.errors.DiskFull("could not extend file: No space left on device"))
    assert "the disk is full" in error.message
    assert "templates prune" in error.hint


@pytest.mark.parametrize("error", [psycopg.OperationalError("server closed the connection"), psycopg.InterfaceError()])
def test_a_server_that_went_away_is_infrastructure(error: Exception) -> None:
    found = raised(error)
    assert "PostgreSQL failed" in found.message
    assert "store-postgres.log" in found.hint
    assert found.exit_code is ExitCode.INFRASTRUCTURE


def test_errors_of_the_gate_itself_pass_through() -> None:
    with pytest.raises(TemplateError, match="as it was"), database_errors("x"):
        raise TemplateError("as it was")


@pytest.mark.parametrize("text", ["", "{}", "[]", "not JSON", '{"label": "cut sho'])
def test_a_template_without_its_description_is_not_used(text: str) -> None:
    with pytest.raises(TemplateError, match="no readable description"):
        facts_of("t_0123456789abcdef", text)


def test_it_is_listed_as_the_first_to_go() -> None:
    stored = stored_template("t_0123456789abcdef", "damaged", lambda _: 5)
    assert (stored.last_used, stored.size, stored.label) == (0, 5, "(no readable description)")
