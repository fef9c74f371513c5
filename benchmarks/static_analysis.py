"""How long the code analysis takes, against bandit and pylint-odoo one after the other on the same addons.

Needs a folder of addons; stock Odoo's are in the image:

    docker run --rm --entrypoint tar IMAGE -C /usr/lib/python3/dist-packages/odoo -cf - addons | tar -xf -
    python benchmarks/static_analysis.py addons --sample 20 --seed 1

Pylint needs minutes for some hundred addons, so a seeded random sample of them is measured; --sample 0 takes all.
All three see the same addons, each in one process, and all three do what `odoo-gate run` asks of them.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from odoo_gate.addons import AddonGraph, Selection, load_graph
from odoo_gate.security.code import analyse, bandit, pylint_odoo


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("addons", type=Path, help="a folder of Odoo addons")
    parser.add_argument("--sample", type=int, default=20, help="how many addons, drawn at random; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--series", default="19.0")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        graph = sampled(options.addons.resolve(), Path(folder), options)
        seen = analyse(graph)
        print(f"{seen.addons} addons, {seen.files} files, {seen.lines} lines of Python (seed {options.seed})")
        own = measured("odoo-gate", lambda: len(analyse(graph).sightings))
        theirs = measured("bandit", lambda: len(bandit(graph).sightings))
        theirs += measured("pylint-odoo", lambda: len(pylint_odoo(graph).sightings))
    print(f"bandit and pylint-odoo together take {theirs / own:.1f} times as long")


def sampled(addons: Path, folder: Path, options: argparse.Namespace) -> AddonGraph:
    """A graph of copies of some addons: each tool is given whole folders."""
    names = sorted(path.parent.name for path in addons.glob("*/__manifest__.py"))
    chosen = random.Random(options.seed).sample(names, options.sample) if options.sample else names
    root = folder / "addons"
    root.mkdir()
    for name in chosen:
        copy(addons / name, root / name)
    return load_graph([root], None, Selection(root=folder, series=options.series))


def copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file() and path.suffix in (".py", ".xml", ".csv"):
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())


def measured(name: str, work: Callable[[], int]) -> float:
    """Seconds of wall time, printed with what was found."""
    start = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - start
    print(f"{name:12} {seconds:7.1f} s  {found} findings")
    return seconds


if __name__ == "__main__":
    main()
