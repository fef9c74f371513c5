"""The Debian mirror is the one of this machine's apt sources."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from odoo_gate.errors import ImageError
from odoo_gate.stack.images.mirror import (
    MIRROR_VARIABLE,
    Source,
    mirror_of,
    parse_deb822,
    parse_one_line,
    read_sources,
)


def test_one_line_form() -> None:
    text = """\
# deb http://commented.example/debian bookworm main
deb-src http://sources.example/debian bookworm main
deb http://plain.example/debian/ bookworm main contrib
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] https://options.example/debian trixie main
"""
    assert parse_one_line(text) == [
        Source("http://plain.example/debian", ("bookworm",)),
        Source("https://options.example/debian", ("trixie",)),
    ]


def test_deb822_form() -> None:
    text = """\
Types: deb deb-src
# a comment inside a stanza
URIs: http://one.example/debian http://two.example/debian/
Suites: bookworm
  bookworm-updates
Components: main

Types: deb-src
URIs: http://sources-only.example/debian
Suites: bookworm

Enabled: no
Types: deb
URIs: http://disabled.example/debian
Suites: bookworm
"""
    suites = ("bookworm", "bookworm-updates")
    assert parse_deb822(text) == [
        Source("http://one.example/debian", suites),
        Source("http://two.example/debian", suites),
    ]


def test_both_forms_are_read_in_apts_order_without_what_a_container_cannot_reach(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb cdrom:[Debian]/ bookworm main\ndeb http://a.example/d bookworm main\n")
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (parts / "2.sources").write_text("Types: deb\nURIs: file:/srv/d http://c.example/d\nSuites: sid\n")
    (parts / "1.list").write_text("deb http://b.example/d trixie main\n")
    (parts / "3.list.save").write_text("deb http://never.example/d trixie main\n")
    assert [source.uri for source in read_sources(tmp_path)] == [
        "http://a.example/d",
        "http://b.example/d",
        "http://c.example/d",
    ]


def test_a_machine_without_apt_has_no_sources(tmp_path: Path) -> None:
    assert read_sources(tmp_path / "absent") == ()


@pytest.fixture
def mirrors(tmp_path: Path) -> Iterator[str]:
    """An HTTP server: below /old there is bullseye, below /new trixie, below /security both and nothing else."""
    for place in ("old/dists/bullseye", "new/dists/trixie", "security/dists/trixie", "security/dists/bullseye"):
        folder = tmp_path / "www" / place
        folder.mkdir(parents=True)
        (folder / "InRelease").write_text("signed")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "www")))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def sources_list(folder: Path, *lines: str) -> Path:
    apt = folder / "apt"
    apt.mkdir()
    (apt / "sources.list").write_text("".join(line + "\n" for line in lines))
    return apt


def test_the_first_mirror_that_has_the_suite_is_taken(mirrors: str, tmp_path: Path) -> None:
    apt = sources_list(tmp_path, f"deb {mirrors}/old bookworm main", f"deb {mirrors}/new bookworm main")
    assert mirror_of("trixie", {}, apt) == f"{mirrors}/new"


def test_a_security_archive_is_no_mirror(mirrors: str, tmp_path: Path) -> None:
    apt = sources_list(tmp_path, f"deb {mirrors}/security trixie-security main")
    with pytest.raises(ImageError, match="none is known") as caught:
        mirror_of("trixie", {}, apt)
    assert MIRROR_VARIABLE in caught.value.hint


def test_the_variable_replaces_the_machines_mirrors(mirrors: str, tmp_path: Path) -> None:
    apt = sources_list(tmp_path, f"deb {mirrors}/new trixie main")
    assert mirror_of("bullseye", {MIRROR_VARIABLE: f"{mirrors}/old/"}, apt) == f"{mirrors}/old"
    with pytest.raises(ImageError, match="no Debian mirror of this machine has trixie"):
        mirror_of("trixie", {MIRROR_VARIABLE: f"{mirrors}/old"}, apt)
