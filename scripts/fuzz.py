"""Bend genuine reports, evidence, policies, calendars, approvals and more, and read them, for some minutes.

    python scripts/fuzz.py --minutes 10

Ends with status 1 when a reader crashed or believed what was bent; each such document is kept in `--keep`.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import warnings
from pathlib import Path

ATTACKS = Path(__file__).parents[1] / "tests" / "attacks"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="where to keep what broke something")
    given = parser.parse_args()
    warnings.simplefilter("ignore", FutureWarning)  # of regular expressions in policies that were bent
    sys.path.insert(0, str(ATTACKS))
    import fuzzing

    from conftest import FAILED, NOW, PASSED, sign_run

    print(f"seed {given.seed}, {given.minutes:g} minutes", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        go, no_go = sign_run(folder / "go", PASSED), sign_run(folder / "no-go", FAILED)
        targets = fuzzing.targets(go, no_go, NOW, folder)
        tally = fuzzing.fuzz(targets, given.seed, until=time.monotonic() + 60 * given.minutes)
    for target in targets:
        name = target.name
        asked, refused, slowest = tally.asked[name], tally.refused[name], tally.slowest.get(name, 0.0)
        print(f"{name:22} {asked:8} bent, {refused:8} refused with an error, slowest {slowest:.3f} s")
    print(f"{sum(tally.asked.values())} documents, {len(tally.violations)} violations")
    seen: set[tuple[str, str]] = set()
    for number, (name, message, data) in enumerate(tally.violations):
        if (name, message[:60]) in seen:
            continue
        seen.add((name, message[:60]))
        given.keep.mkdir(parents=True, exist_ok=True)
        path = given.keep / f"{number}-{name}"
        path.write_bytes(data)
        print(f"  {name}: {message}  ({path})")
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
