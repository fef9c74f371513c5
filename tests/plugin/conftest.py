"""Tests of the plugin itself: pytester runs pytest on small projects, without Docker."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _light_pytest(pytester: pytest.Pytester) -> None:
    """As in `tests/conftest.py`, whose variable pytester takes away: `-p` of every pytest it starts."""
    pytester.plugins.append("no:hypothesispytest")
