"""All addons of stock Odoo are read to the end, and what is found in them is of a size a person can look at."""

from __future__ import annotations

import io
import tarfile
from collections import Counter

import docker
import pytest
from docker.types import LogConfig

from odoo_gate.addons import Selection, load_graph
from odoo_gate.model import Severity
from odoo_gate.security.code import Analysis, analyse
from odoo_gate.stack.images import Images, run_reference

LIBRARY = "/usr/lib/python3/dist-packages/odoo"
LEFT_OUT = ("*/static/*", "*.po", "*.pot", "*/tests/*", "__pycache__")


@pytest.fixture(scope="module")
def stock(tmp_path_factory) -> Analysis:
    image = Images(print).odoo("19.0")
    command = ["-C", LIBRARY, *(f"--exclude={pattern}" for pattern in LEFT_OUT), "-cf", "-", "addons"]
    container = docker.from_env().containers.create(
        run_reference(image), command, entrypoint=["tar"], network_mode="none", log_config=LogConfig(type="none")
    )
    try:
        stream = container.attach(stdout=True, stderr=False, stream=True)
        container.start()
        packed = b"".join(stream)
        assert container.wait()["StatusCode"] == 0
    finally:
        container.remove(force=True, v=True)
    root = tmp_path_factory.mktemp("stock")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(root, filter="data")
    return analyse(load_graph([root / "addons"], None, Selection(root=root, series="19.0")))


def test_every_addon_and_file_is_read(stock):
    assert stock.addons > 500
    assert stock.lines > 300_000
    assert [each for each in stock.sightings if each.finding.rule == "unreadable-file"] == []
    assert len(stock.facts.models) > 3000


def test_no_model_of_stock_odoo_lacks_access_rights(stock):
    """Odoo's own tests hold it to this: a finding here would be the analysis' mistake."""
    assert [str(each.finding.place) for each in stock.sightings if each.finding.rule == "model-without-access"] == []


def test_what_is_found_can_be_looked_through(stock):
    found = Counter(each.finding.severity for each in stock.sightings if not each.addon.startswith("test_"))
    assert 10 < found[Severity.ERROR] < 100
    assert 100 < found[Severity.WARNING] < 400
