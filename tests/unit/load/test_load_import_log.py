"""A production log as peaks: both formats, what cannot be read is counted, nothing recognised is an error."""

from __future__ import annotations

import gzip
import tomllib
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_gate.load.access_log import Lines, LogError, read_log, what_of
from odoo_gate.load.import_log import import_lines, import_log, load_signatures
from odoo_gate.load.import_toml import load_block
from odoo_gate.traffic import load_profiles

POST = "/web/dataset/call_kw/account.move/action_post"
LIST = "/web/dataset/call_kw/account.move/web_search_read"


def odoo(path: str, *, minute: str = "09:15", address: str = "10.0.0.7", status: int = 200) -> str:
    return (
        f"2026-10-30 {minute}:10,571 25 INFO erp werkzeug: {address} - - [30/Oct/2026 {minute}:10] "
        f'"POST {path} HTTP/1.1" {status} - 82 0.100 0.300\n'
    )


def nginx(path: str, *, minute: str = "09:15", address: str = "10.0.0.7") -> str:
    return (
        f'{address} - - [30/Oct/2026:{minute}:10 +0100] "POST {path} HTTP/2.0" 200 5120 "https://erp.example/" '
        '"Mozilla/5.0 (X11; Linux x86_64)"\n'
    )


def test_the_busiest_hour_gives_rate_people_and_mix():
    lines = [odoo(POST, minute="08:59")]
    lines += [odoo(POST, minute=f"09:{each:02d}", address=f"10.0.0.{each % 3}") for each in range(45)]
    lines += [odoo(LIST, minute="09:00", address="10.0.0.9") for _ in range(15)]
    imported = import_lines(iter(lines), "log")
    (peak,) = imported.peaks
    assert peak.profile == "month-end"
    assert peak.start.hour == 9
    assert peak.arrivals_per_minute == 1.0
    assert peak.busiest_minute == 16
    assert peak.addresses == 4
    assert peak.mix["browse-invoices"] == 0.25
    assert peak.mix["post-invoice"] + peak.mix["post-bill"] == pytest.approx(0.75)
    assert peak.mix["post-invoice"] > peak.mix["post-bill"], "what a log cannot tell apart is shared by weight"
    costs = imported.costs["month-end/browse-invoices"]
    assert (costs.queries[0], costs.seconds[0]) == (82, pytest.approx(0.4))


def test_nginx_tells_times_in_its_own_zone_and_bytes():
    imported = import_lines(iter([nginx(POST), nginx("/web/assets/1/a.js"), nginx(f"{LIST}?cids=1")]), "log")
    assert imported.first.hour == 8
    assert imported.costs["month-end/browse-invoices"].size == [5120]
    assert imported.unknown == (("/web/assets/*/a.js", 1),)


def test_every_line_is_counted_as_one_thing():
    counted = Lines()
    lines = [
        odoo(POST),
        "2026-10-30 09:15:11,000 25 ERROR erp odoo.http: Exception during request handling.\n",
        "Traceback (most recent call last):\n",
        "  File somewhere\n",
        "2026-10-30 09:15:12,000 25 INFO erp werkzeug: half a line\n",
        nginx(POST),
        "a line of something else\n",
        "\n",
    ]
    assert len(list(read_log(lines, counted))) == 2
    assert (counted.requests, counted.other, counted.unreadable) == (2, 3, 2)
    assert "half a line" in counted.first_unreadable


def test_a_log_without_requests_or_without_transactions_is_an_error():
    with pytest.raises(LogError, match="none of 1 lines is a request"):
        import_lines(iter(["not a log\n"]), "log")
    with pytest.raises(LogError, match="none is of a transaction"):
        import_lines(iter([odoo("/web/login")]), "log")
    with pytest.raises(LogError, match="none of 0 lines"):
        import_lines(iter([]), "log")


def test_the_block_is_toml_and_says_where_it_comes_from():
    block = load_block(import_lines(iter([odoo(POST), odoo(LIST, address="10.0.0.8")]), "log"))
    told = tomllib.loads(block)["load"]["peaks"]["month-end"]
    assert told["arrivals_per_minute"] == pytest.approx(2 / 60, abs=0.001)
    assert told["people"] == 2
    assert sum(told["mix"].values()) == pytest.approx(1, abs=0.01)
    assert "2026-10-30 09:00 UTC" in block


def test_memory_does_not_grow_with_the_log():
    def peak_of(count: int) -> int:
        tracemalloc.start()
        try:
            import_lines(many(count), "log")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak_of(100)
    few, many_lines = peak_of(2_500), peak_of(7_500)
    assert many_lines < few + 300_000


def many(count: int) -> Iterator[str]:
    for each in range(count):
        yield odoo(POST, address=f"10.{each // 65536 % 256}.{each // 256 % 256}.{each % 256}")


def test_a_packed_log_is_read_and_a_long_line_does_not_hurt(tmp_path: Path):
    path = tmp_path / "odoo.log.gz"
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.write("x" * 300_000 + "\n" + odoo(POST))
    imported = import_log(path)
    assert imported.lines.requests == 1
    assert imported.lines.unreadable >= 1


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (POST, "account.move/action_post"),
        ("/web/dataset/call_button/account.move/action_post", "account.move/action_post"),
        ("/jsonrpc#account.move.action_post", "account.move/action_post"),
        ("/json/2/res.partner/search_read", "res.partner/search_read"),
        ("/web/content/123/file.pdf?download=1", "/web/content/*/file.pdf"),
    ],
)
def test_a_request_is_known_by_what_it_asks(path: str, what: str):
    assert what_of(path) == what


def test_every_signature_speaks_of_a_transaction_that_a_profile_has():
    assert len(load_signatures(load_profiles())) >= 10
