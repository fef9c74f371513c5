"""With the network off: security works from what lies here, or says that it does not know; never that all is well."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

OFFLINE = Path(__file__).with_name("offline.py")
EXAMPLE = Path(__file__).parents[3] / "examples/construction"
LOOPBACK_ONLY = ("unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && exec "$0" "$@"')
VULNERABLE = "3.1.3"
"""A jinja2 that one of the example's own advisories names; the next version mends it."""


@pytest.fixture(scope="module", params=[VULNERABLE, "3.1.4"])
def said(request):
    command = [*LOOPBACK_ONLY, sys.executable, str(OFFLINE), str(EXAMPLE), request.param]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"version": request.param}


def test_there_is_no_network(said):
    assert said["network"] == "Network is unreachable"


def test_code_and_secrets_are_judged_as_ever(said):
    assert (said["code"], said["lint"], said["secrets"]) == ([], [], [])


def test_local_advisories_still_tell_the_vulnerable_from_the_mended(said):
    assert said["local"] == (["vulnerable-dependency"] if said["version"] == VULNERABLE else [])


def test_a_service_out_of_reach_is_a_finding(said):
    assert said["service"] == ["advisories-unreachable"]


def test_no_data_at_all_is_inconclusive(said):
    assert said["nothing"] == ["AdvisoriesMissing 3"]
