"""The files that bring the gate into a checkout's CI: `odoo-gate init --ci github|gitlab`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from importlib import resources
from pathlib import Path

from odoo_gate.errors import UsageError

_CALLER = """\
stages: [test, deploy]

include:
  - local: .gitlab/odoo-gate/gate.yml
    inputs:
      environment: production
  - local: .gitlab/odoo-gate/deploy.yml
    inputs:
      environment: production
      script: ["echo deploy here what odoo-gate verify has just accepted"]
"""


class CiService(StrEnum):
    """Who runs the pipelines."""

    GITHUB = "github"
    GITLAB = "gitlab"


def ci_files(service: CiService) -> Mapping[str, str]:
    """What to write into a checkout, by path: the templates, and the file that calls them."""
    templates = _templates()
    if service is CiService.GITHUB:
        workflows = templates / "github" / "workflows"
        return {f".github/workflows/{each.name}": each.read_text("utf-8") for each in sorted(workflows.glob("*.yml"))}
    components = templates / "gitlab" / "templates"
    included = {f".gitlab/odoo-gate/{each.name}": each.read_text("utf-8") for each in sorted(components.glob("*.yml"))}
    return {**included, ".gitlab-ci.yml": _CALLER}


def write_ci_files(root: Path, service: CiService, force: bool) -> list[Path]:
    """Write them below `root`, or none of them: UsageError when one is there already and `force` is not given."""
    files = {root / name: text for name, text in ci_files(service).items()}
    there = [path for path in files if path.exists() and not force]
    if there:
        raise UsageError(
            f"{there[0]} is already there", hint="merge it by hand (see docs/ci.md), or replace it with --force"
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return list(files)


def _templates() -> Path:
    """The folder `ci-templates`: inside the installed package, or at the top of a checkout of odoo-gate."""
    package = Path(str(resources.files("odoo_gate")))
    return next(folder for folder in (package / "ci-templates", package.parents[1] / "ci-templates") if folder.is_dir())
