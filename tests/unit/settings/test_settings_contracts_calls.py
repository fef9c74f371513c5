from __future__ import annotations

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.settings import settings_from

CALL = {
    "name": "portal",
    "pact": "contracts/a.pact.json",
    "script": "contracts/a.py",
    "business_key": "$.order",
    "outcome": "SELECT 1",
    "delivered": ["sent"],
}
HOOK = {
    "name": "reports",
    "pact": "contracts/b.pact.json",
    "script": "contracts/b.py",
    "secret_parameter": "s",
    "signature_header": "X-Signature",
    "effect": "SELECT 1",
}


def read(tmp_path, **contracts):
    (tmp_path / "addons").mkdir(exist_ok=True)
    written = {"project": {"name": "x", "series": "19.0"}, "contracts": contracts}
    return settings_from(written, root=tmp_path).contracts


def test_what_is_not_said_is_all_faults(tmp_path):
    contracts = read(tmp_path, calls=[CALL], webhooks=[HOOK], documents={"script": "contracts/c.py"})
    assert len(contracts.calls[0].faults) == 11
    assert contracts.calls[0].lasting == ("down", "status-503", "refused")
    assert contracts.webhooks[0].algorithm == "sha256"
    assert contracts.documents.script == "contracts/c.py"


@pytest.mark.parametrize(
    "wrong",
    [
        {"calls": [{**CALL, "faults": ["earthquake"]}]},
        {"calls": [{**CALL, "faults": []}]},
        {"calls": [{**CALL, "delivered": []}]},
        {"calls": [{**CALL, "business_key": "order"}]},
        {"calls": [{**CALL, "pact": "/etc/passwd"}]},
        {"calls": [{**CALL, "script": "../a.py"}]},
        {"calls": [{**CALL, "attempts": 0}]},
        {"calls": [CALL, CALL]},
        {"calls": [CALL], "webhooks": [{**HOOK, "name": "portal"}]},
        {"webhooks": [{**HOOK, "signature_header": ""}]},
        {"webhooks": [{**HOOK, "secret_parameter": ""}]},
        {"documents": {}},
    ],
)
def test_what_cannot_be_played_is_refused(tmp_path, wrong):
    with pytest.raises(SettingsError, match="contracts"):
        read(tmp_path, **wrong)
