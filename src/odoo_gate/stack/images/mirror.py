"""Which Debian mirrors this machine uses: read from its own apt sources, both forms."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.errors import ImageError

MIRROR_VARIABLE = "ODOO_GATE_DEBIAN_MIRROR"
_PROBE_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of apt's sources: where packages come from, and for which suites."""

    uri: str
    suites: tuple[str, ...]

    @property
    def is_security(self) -> bool:
        return any(suite.endswith("-security") for suite in self.suites)


def mirror_of(suite: str, env: Mapping[str, str], apt: Path = Path("/etc/apt")) -> str:
    """The URI of the first of this machine's mirrors that has `suite`; the variable above replaces them.

    Raises ImageError when none has.
    """
    own = env.get(MIRROR_VARIABLE, "").rstrip("/")
    candidates = [own] if own else [source.uri for source in read_sources(apt) if not source.is_security]
    asked = tuple(dict.fromkeys(candidates))
    uri = next((uri for uri in asked if _has(uri, suite)), None)
    if uri is None:
        raise ImageError(
            f"no Debian mirror of this machine has {suite} (asked: {', '.join(asked) or 'none is known'})",
            hint=f"set {MIRROR_VARIABLE} to a Debian mirror, or make the official images' registry reachable",
        )
    return uri


def read_sources(apt: Path = Path("/etc/apt")) -> tuple[Source, ...]:
    """Every http(s) binary source of the machine, in apt's order."""
    parts = apt / "sources.list.d"
    found: list[Source] = []
    if (apt / "sources.list").is_file():
        found += parse_one_line((apt / "sources.list").read_text())
    for file in sorted(parts.iterdir()) if parts.is_dir() else []:
        if file.suffix == ".list":
            found += parse_one_line(file.read_text())
        elif file.suffix == ".sources":
            found += parse_deb822(file.read_text())
    return tuple(source for source in found if source.uri.startswith(("http://", "https://")))


def parse_one_line(text: str) -> list[Source]:
    """Classic form: `deb [options] URI SUITE COMPONENT...`."""
    line = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)", re.MULTILINE)
    return [Source(uri.rstrip("/"), (suite,)) for uri, suite in line.findall(text)]


def parse_deb822(text: str) -> list[Source]:
    """Stanza form: `Types:`, `URIs:`, `Suites:`, `Enabled:`; values may continue on indented lines."""
    sources: list[Source] = []
    for stanza in _stanzas(text):
        disabled = stanza.get("enabled", "yes").lower() in {"no", "false", "0", "off", "without", "disable"}
        if disabled or "deb" not in stanza.get("types", "").split():
            continue
        suites = tuple(stanza.get("suites", "").split())
        sources += [Source(uri.rstrip("/"), suites) for uri in stanza.get("uris", "").split()]
    return sources


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for block in re.split(r"\n\s*\n", kept):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line[:1].isspace() and name:
                fields[name] += " " + line.strip()
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if fields:
            yield fields


def _has(uri: str, suite: str) -> bool:
    request = urllib.request.Request(f"{uri}/dists/{suite}/InRelease", method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_PROBE_TIMEOUT) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
