"""Asking which images this machine would deploy never pulls or builds one."""

from __future__ import annotations

import pytest

from odoo_gate.errors import ImageError
from odoo_gate.stack.images import Images


def test_an_image_that_is_not_here_is_not_made() -> None:
    said: list[str] = []
    images = Images(said.append, make=False)
    for ask in (images.postgres, images.redis, lambda reference: images.odoo("19.0", reference)):
        with pytest.raises(ImageError, match="is not in this Docker engine"):
            ask("odoo-gate-test/never-made:1")
    with pytest.raises(ImageError, match="is not in this Docker engine"):
        images.odoo("19.0", requirements=["odoo-addon-never-made==19.0.1.0.0"])
    assert said == []
