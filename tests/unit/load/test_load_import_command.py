"""`odoo-gate load import-log`: the block goes to stdout, what became of the lines to stderr."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from odoo_gate.cli import main
from odoo_gate.settings import settings_from

LINE = (
    "2026-10-30 09:15:10,571 25 INFO erp werkzeug: 10.0.0.{n} - - [30/Oct/2026 09:15:10] "
    '"POST /web/dataset/call_kw/account.move/action_post HTTP/1.1" 200 - 82 0.100 0.300\n'
)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["odoo-gate", "load", "import-log", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_the_block_can_be_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    log = tmp_path / "odoo.log"
    log.write_text("".join(LINE.format(n=n % 9) for n in range(120)) + "nonsense of another program\n" * 2)
    assert run(monkeypatch, str(log)) == 0
    printed = capsys.readouterr()
    (tmp_path / "addons").mkdir()
    settings = settings_from({"project": {"series": "19.0"}, **tomllib.loads(printed.out)}, root=tmp_path)
    peak = settings.load.peaks["month-end"]
    assert (peak.arrivals_per_minute, peak.people) == (2.0, 9)
    assert peak.mix.keys() == {"post-invoice", "post-bill"}
    assert "120 requests" in printed.err
    assert "2 other lines" in printed.err


def test_a_log_of_something_else_ends_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    log = tmp_path / "syslog"
    log.write_text("Nov 22 09:15:10 host sshd[1]: hello\n")
    assert run(monkeypatch, str(log)) == 2
    assert "next step: give Odoo's log" in capsys.readouterr().err
    assert run(monkeypatch, str(tmp_path / "missing.log")) == 2
