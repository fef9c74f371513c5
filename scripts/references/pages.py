"""A page's generated regions: between `<!-- generated: SOURCE -->` and `<!-- end of generated -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_REGION = re.compile(r"(<!-- generated: ([^>]+?) -->\n).*?(<!-- end of generated -->)", re.DOTALL)


def refreshed(text: str, sources: Mapping[str, Callable[[], str]]) -> str:
    """`text` with every generated region written anew. Raises KeyError for a source that does not exist."""
    return _REGION.sub(lambda region: f"{region[1]}\n{sources[region[2]]()}\n\n{region[3]}", text)


def written_by_hand(text: str) -> str:
    """`text` without what is generated; lines keep their numbers."""
    return _REGION.sub(lambda region: "\n" * region[0].count("\n"), text)
