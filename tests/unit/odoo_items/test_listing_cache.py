from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from odoo_gate.odoo.agent_client import Listing, ListingError
from odoo_gate.odoo.listing import ListingKey, list_release

EMPTY = Listing((), ("/mnt/x/tests/test_a.py",), ())


class CountingAgent:
    def __init__(self, listing: Listing = EMPTY) -> None:
        self.asked = 0
        self.listing = listing

    def list_tests(self, *_: Sequence[str] | str) -> Listing:
        self.asked += 1
        return self.listing


def release(agent: CountingAgent, digest: str = "d1", image: str = "sha256:1") -> Any:
    graph = SimpleNamespace(own=("x",), folders={"x": Path("x")}, digest=lambda _: digest)
    return SimpleNamespace(agent=agent, graph=graph, test_image=SimpleNamespace(digest=image))


def test_the_same_content_is_listed_once(tmp_path: Path) -> None:
    agent = CountingAgent()
    assert list_release(release(agent), "", tmp_path) == list_release(release(agent), "", tmp_path) == EMPTY
    assert agent.asked == 1


@pytest.mark.parametrize("other", [{"digest": "d2"}, {"image": "sha256:2"}])
def test_other_content_is_listed_anew(tmp_path: Path, other: dict[str, str]) -> None:
    agent = CountingAgent()
    list_release(release(agent), "", tmp_path)
    list_release(release(agent, **other), "", tmp_path)
    assert agent.asked == 2


def test_other_tags_are_listed_anew(tmp_path: Path) -> None:
    agent = CountingAgent()
    list_release(release(agent), "", tmp_path)
    list_release(release(agent), "-slow", tmp_path)
    assert agent.asked == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"tests": [{}], "files": [], "errors": []}'])
def test_a_damaged_file_is_no_listing(tmp_path: Path, content: str) -> None:
    agent = CountingAgent()
    list_release(release(agent), "", tmp_path)
    (kept,) = (tmp_path / "listings").glob("*.json")
    kept.write_text(content)
    assert list_release(release(agent), "", tmp_path) == EMPTY
    assert agent.asked == 2


def test_a_listing_with_errors_is_not_kept(tmp_path: Path) -> None:
    error = ListingError("x", "/mnt/x/a.py", 1, "SyntaxError", "invalid syntax", "t")
    agent = CountingAgent(Listing((), (), (error,)))
    list_release(release(agent), "", tmp_path)
    list_release(release(agent), "", tmp_path)
    assert agent.asked == 2


def test_the_key_covers_every_part() -> None:
    key = ListingKey("i", {"x": "1"}, ("x",), "")
    others = [
        ListingKey("j", {"x": "1"}, ("x",), ""),
        ListingKey("i", {"x": "2"}, ("x",), ""),
        ListingKey("i", {"x": "1"}, ("x", "y"), ""),
        ListingKey("i", {"x": "1"}, ("x",), "slow"),
    ]
    assert len({key.digest, *(other.digest for other in others)}) == 5
