"""The documentation's commands that need a Docker engine, with the other commands of their page."""

from __future__ import annotations

from pathlib import Path

import pytest
from listed import COMMANDS, is_elsewhere, needs_engine, pages_for_an_engine
from world import EXAMPLE, World

from odoo_gate.model import ImageIdentity
from odoo_gate.settings import load_settings
from odoo_gate.stack.images import Images

Judged = tuple[ImageIdentity, ...]


@pytest.fixture(scope="module")
def images() -> Judged:
    """The images of the example's release, as `odoo-gate verify` finds them in the local engine."""
    settings = load_settings(EXAMPLE, {})
    images, stack = Images(print), settings.stack
    return (
        images.odoo(settings.project.series, stack.odoo_image, settings.requirements()),
        images.postgres(stack.postgres_image),
        images.redis(stack.redis_image),
    )


def test_there_are_such_commands() -> None:
    assert len([command for command in COMMANDS if needs_engine(command)]) >= 10


@pytest.mark.parametrize("page", pages_for_an_engine())
def test_the_commands_of_a_page_run_with_an_engine(page: str, tmp_path: Path, images: Judged) -> None:
    world = World(tmp_path / "checkout", page, images)
    for command in (each for each in COMMANDS if each.page == page and not is_elsewhere(each)):
        done = world.run(command)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-2000:]}"
