"""GitHub's workflows on this machine: the shell that is literally in them, run as the service runs it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yard import BIN, ROOT

FOLDER = ROOT / "ci-templates" / "github" / "workflows"
GATE, DEPLOY = FOLDER / "odoo-gate.yml", FOLDER / "deploy.yml"
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
_FROM_THE_INTERNET = (DEPLOY, "Install odoo-gate")


@dataclass
class Runner:
    """Executes the shell steps of a job as the service does: `bash -e`, expressions replaced, outputs by step's id.

    It has no actions: artefacts lie where a job left them, and the checkout is `root` itself.
    """

    root: Path
    contexts: Mapping[str, str]
    executed: list[str] = field(default_factory=list)

    def run(self, workflow: Path, job: str, **contexts: str) -> int:
        """The first exit status other than 0 of the job's steps; those after it run only when they always do."""
        status, known = 0, {**self.contexts, **contexts}
        for step in yaml.safe_load(workflow.read_text())["jobs"][job]["steps"]:
            if "run" not in step or (workflow, step["name"]) == _FROM_THE_INTERNET:
                continue
            if status == 0 or step.get("if") == "always()":
                status = self._step(step, known) or status
        return status

    def _step(self, step: Mapping[str, Any], contexts: dict[str, str]) -> int:
        self.executed.append(step["name"])
        assert not _EXPRESSION.search(step["run"]), "an expression in a script can be injected into"
        given = {
            name: _EXPRESSION.sub(lambda m: contexts[m.group(1)], value) for name, value in step.get("env", {}).items()
        }
        temporary = self.root.parent
        outputs = temporary / "outputs"
        outputs.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.root,
            env={
                **os.environ,
                "PATH": f"{BIN}:{os.environ['PATH']}",
                "RUNNER_TEMP": str(temporary),
                "GITHUB_OUTPUT": str(outputs),
                "GITHUB_STEP_SUMMARY": str(temporary / "summary.md"),
                **given,
            },
            check=False,
            timeout=300,
        )
        for name, value in (line.split("=", 1) for line in outputs.read_text().splitlines()):
            contexts[f"steps.{step['id']}.outputs.{name}"] = value
        return done.returncode
