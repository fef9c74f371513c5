"""The short version of `scripts/fuzz.py`: some hundred bent documents for every reader."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fuzzing
import pytest

ROUNDS = 300
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("seed", [1, 2])
def test_no_bent_document_crashes_a_reader_or_is_believed(go: Any, no_go: Any, tmp_path: Path, seed: int) -> None:
    targets = fuzzing.targets(go, no_go, NOW, tmp_path)
    tally = fuzzing.fuzz(targets, seed, rounds=ROUNDS)
    assert tally.violations == []
    assert all(tally.asked[target.name] > ROUNDS / 2 for target in targets)
    for name in ("approval", "override", "manual", "timestamp"):
        assert tally.refused[name] == tally.asked[name]


def test_the_genuine_documents_are_read(go: Any, no_go: Any, tmp_path: Path) -> None:
    """Else everything above would be refused for a reason of its own."""
    for target in fuzzing.targets(go, no_go, NOW, tmp_path):
        for genuine in target.seeds:
            if target.name in ("approval", "override", "manual", "record"):
                with pytest.raises(fuzzing.Violation):
                    target.read(genuine)
            elif target.name != "timestamp":
                target.read(genuine)


def test_a_reader_that_crashes_is_found() -> None:
    def crash(data: bytes) -> None:
        raise KeyError(data)

    tally = fuzzing.fuzz([fuzzing.Target("crash", (b"genuine",), crash, fuzzing.BYTES)], seed=1, rounds=5)
    assert {name for name, _, _ in tally.violations} == {"crash"}
