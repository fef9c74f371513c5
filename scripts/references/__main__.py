"""Write every generated region of docs/ anew; with `--check` only say which are stale, and end with 1."""

from __future__ import annotations

import sys
from pathlib import Path

from references.pages import refreshed
from references.sources import SOURCES

DOCS = Path(__file__).parents[2] / "docs"


def main(check: bool) -> int:
    stale = []
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text("utf-8")
        fresh = refreshed(text, SOURCES)
        if fresh == text:
            continue
        stale.append(page.relative_to(DOCS.parent))
        if not check:
            page.write_text(fresh, "utf-8")
    for each in stale:
        print(f"{each}: {'stale; run make docs' if check else 'written anew'}")
    return 1 if check and stale else 0


sys.exit(main("--check" in sys.argv[1:]))
