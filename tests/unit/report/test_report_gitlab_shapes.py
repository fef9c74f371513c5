"""GitLab's reports have the shape its validators ask for, whatever the findings say.

What is required, how long a text may be and which words are known is that of GitLab's security report schemas 15.0.6,
and of the code quality format of its documentation.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo_gate.model import CheckResult, Finding, Outcome, Place, Severity
from odoo_gate.report import gitlab

NOW = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
TEXT = {"type": "string", "minLength": 1}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"}
TOOL = {
    "required": ["id", "name", "version", "vendor"],
    "properties": {
        "id": TEXT,
        "name": TEXT,
        "version": TEXT,
        "vendor": {"required": ["name"], "properties": {"name": TEXT}},
    },
}
FILE = {"required": ["file"], "properties": {"file": TEXT, "start_line": {"type": "integer", "minimum": 1}}}
LOCATIONS = {
    "sast": FILE,
    "secret_detection": {
        **FILE,
        "required": ["file", "commit"],
        "properties": {**FILE["properties"], "commit": {"required": ["sha"], "properties": {"sha": TEXT}}},
    },
    "dependency_scanning": {
        **FILE,
        "required": ["file", "dependency"],
        "properties": {
            "file": TEXT,
            "dependency": {
                "required": ["package", "version"],
                "properties": {"package": {"required": ["name"], "properties": {"name": TEXT}}, "version": TEXT},
            },
        },
    },
}
RENDERERS = {
    "sast": (gitlab.render_sast, "security.code", "shell-injection"),
    "secret_detection": (gitlab.render_secret_detection, "security.secrets", "aws-key"),
    "dependency_scanning": (gitlab.render_dependency_scanning, "security.dependencies", "vulnerable-dependency"),
}
CODE_QUALITY = {
    "type": "array",
    "items": {
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": TEXT,
            "check_name": TEXT,
            "fingerprint": TEXT,
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^[^./\\]"},
                    "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    },
}


def security(kind: str) -> dict[str, Any]:
    return {
        "required": ["version", "scan", "vulnerabilities", *(["dependency_files"] * (kind == "dependency_scanning"))],
        "properties": {
            "version": {"const": "15.0.6"},
            "scan": {
                "required": ["analyzer", "scanner", "type", "start_time", "end_time", "status"],
                "properties": {
                    "analyzer": TOOL,
                    "scanner": TOOL,
                    "type": {"const": kind},
                    "start_time": TIME,
                    "end_time": TIME,
                    "status": {"enum": ["success", "failure"]},
                },
            },
            "vulnerabilities": {
                "type": "array",
                "items": {
                    "required": ["id", "identifiers", "location"],
                    "properties": {
                        "id": TEXT,
                        "name": {"type": "string", "maxLength": 255},
                        "description": {"type": "string", "maxLength": 1_048_576},
                        "solution": {"type": "string", "maxLength": 7000},
                        "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
                        "identifiers": {
                            "minItems": 1,
                            "maxItems": 20,
                            "items": {
                                "required": ["type", "name", "value"],
                                "properties": {"type": TEXT, "name": TEXT, "value": TEXT},
                            },
                        },
                        "location": LOCATIONS[kind],
                    },
                },
            },
        },
    }


VALIDATORS = {
    "code_quality": jsonschema.Draft7Validator(CODE_QUALITY),
    **{kind: jsonschema.Draft7Validator(security(kind)) for kind in RENDERERS},
}
ADVISORIES = ", ".join(f"CVE-2023-{number}" for number in range(40))
MESSAGES = st.sampled_from(
    [
        "x",
        "x" * 20_000,
        "\x00\u202e<b>",
        f"requests 2.30 has PYSEC-1 ({ADVISORIES}): bad",
        "requests 2.30 has PYSEC-1: bad",
    ]
)
PLACES = st.none() | st.builds(
    Place, st.sampled_from(["a/b.py", "/etc/passwd", "../x", ".."]), st.none() | st.integers(-1, 9)
)


@st.composite
def findings(draw: st.DrawFn, rule: str) -> tuple[Finding, ...]:
    made = st.builds(Finding, st.just(rule), MESSAGES, st.sampled_from(Severity), PLACES, MESSAGES | st.just(""))
    return tuple(draw(st.lists(made, min_size=1, max_size=3)))


@pytest.mark.parametrize("kind", RENDERERS)
@settings(max_examples=40)
@given(data=st.data())
def test_security_reports_are_valid_whatever_is_found(kind: str, data: st.DataObject) -> None:
    render, check, rule = RENDERERS[kind]
    found = data.draw(findings(rule))
    result = CheckResult(check, "", Outcome.FAILED, NOW, 1.0, "found", findings=found)
    document = json.loads(render([result], gitlab.Scan(NOW, NOW, "", "0.1.0")))
    VALIDATORS[kind].validate(document)
    assert document["vulnerabilities"]


@settings(max_examples=40)
@given(found=findings("too-wide"))
def test_code_quality_is_valid_whatever_is_found(found: tuple[Finding, ...]) -> None:
    result = CheckResult("modules.manifest", "", Outcome.FAILED, NOW, 1.0, "found", findings=found)
    document = json.loads(gitlab.render_code_quality([result]))
    VALIDATORS["code_quality"].validate(document)
    assert bool(document) == any(finding.place is not None for finding in found)
