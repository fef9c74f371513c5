"""The peaks of a production log as the `[load]` block of gate.toml."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.load.import_log import MAX_ADDRESSES, ImportedLog, Peak

_FEWEST = 0.001
"""Shares below it are left out of the mix."""


def load_block(imported: ImportedLog) -> str:
    """TOML to be pasted into gate.toml; where the numbers come from stands beside them."""
    return "\n".join(line for peak in imported.peaks for line in _peak(peak)) + "\n"


def _peak(peak: Peak) -> Iterator[str]:
    yield f"[load.peaks.{peak.profile}]            # the hour from {peak.start:%Y-%m-%d %H:%M} UTC"
    rate = max(peak.arrivals_per_minute, _FEWEST)
    yield f"arrivals_per_minute = {rate:.3f}      # {peak.busiest_minute} in the busiest minute"
    if peak.addresses > 1:
        more = "at least so many " if peak.addresses >= MAX_ADDRESSES else ""
        yield f"people = {peak.addresses}      # {more}addresses; people behind one address count as one"
    shares = [f"{name} = {share:.3f}" for name, share in peak.mix.items() if share >= _FEWEST]
    yield f"mix = {{ {', '.join(shares)} }}"
    yield ""
