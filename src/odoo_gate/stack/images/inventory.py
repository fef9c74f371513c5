"""What is in an image: packages, and for Odoo its addons. Read once by running the image, kept by digest."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import docker

from odoo_gate.errors import ImageError
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.container import printed_by
from odoo_gate.stack.images.recipe import LABEL

_VERSION = 2
"""Part of the cache's path: raise it when what is read changes."""

_COMPLAINT_LINES = 15

_SYSTEM_PACKAGES = r"""
if command -v dpkg-query > /dev/null; then
    dpkg-query --show --showformat '${db:Status-Abbrev}\tdeb:${Package}\t${Version}\n' | sed -n 's/^ii *\t//p'
elif command -v apk > /dev/null; then
    apk list --installed 2> /dev/null | sed -n 's/^\(.*\)-\([^-]*-r[0-9]*\) .*/apk:\1\t\2/p'
elif command -v rpm > /dev/null; then
    rpm --query --all --queryformat 'rpm:%{NAME}\t%{VERSION}-%{RELEASE}\n'
fi
"""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Packages of an image (`deb:openssl`, `pypi:requests` → version); its addons paths in Odoo's order."""

    packages: Mapping[str, str]
    addons_paths: tuple[str, ...] = ()


class Inventories:
    """Inventories by image digest, below one folder of the cache."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / f"v{_VERSION}"

    def of(self, client: docker.DockerClient, image: str, digest: str, *, odoo: bool) -> Inventory:
        """The inventory of `image`, a reference Docker can run. Raises ImageError when it cannot be read."""
        home = self._home(digest)
        if not (home / "inventory.json").is_file():
            self._keep(home, *self._read(client, image, odoo=odoo))
        data = json.loads((home / "inventory.json").read_text())
        return Inventory(data["packages"], tuple(data["addons_paths"]))

    def addons(self, digest: str) -> Path:
        """The folder with `<addon>/__manifest__.py`, `__init__.py` and scripts of every addon in the image."""
        return self._home(digest) / "addons"

    def _home(self, digest: str) -> Path:
        return self._folder / digest.replace(":", "-")

    def _read(
        self, client: docker.DockerClient, image: str, *, odoo: bool
    ) -> tuple[Inventory, dict[str, dict[str, str]]]:
        listing = _output(client, image, ["sh", "-c", _SYSTEM_PACKAGES])
        packages = dict(line.split("\t", 1) for line in listing.splitlines() if "\t" in line)
        if not packages:
            raise ImageError(
                f"image {image} has no package list that can be read (dpkg, apk or rpm)",
                hint="use an image based on Debian, Ubuntu, Alpine or a Red Hat family distribution",
            )
        if not odoo:
            return Inventory(packages), {}
        script = (resources.files(__package__) / "look_inside.py").read_text()
        seen: dict[str, Any] = json.loads(_output(client, image, ["python3", "-c", script]))
        packages |= {f"pypi:{name}": version for name, version in seen["pypi"].items()}
        if not seen["addons_paths"]:
            raise ImageError(
                f"image {image} holds no Odoo addons",
                hint="name an image with Odoo installed for its python3 in gate.toml, stack.odoo_image",
            )
        return Inventory(packages, tuple(seen["addons_paths"])), seen["addons"]

    def _keep(self, home: Path, inventory: Inventory, addons: dict[str, dict[str, str]]) -> None:
        """Write beside and rename: another process sees a whole entry or none."""
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=self._folder, prefix=".draft-"))
        try:
            for name, files in addons.items():
                (draft / "addons" / name).mkdir(parents=True)
                for file, content in files.items():
                    path = draft / "addons" / name / file
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(content)
            found = {"packages": dict(inventory.packages), "addons_paths": inventory.addons_paths}
            (draft / "inventory.json").write_text(json.dumps(found, indent=1, sort_keys=True))
            draft.rename(home)
        except OSError as error:
            if home.is_dir():  # another process was quicker
                return
            raise ImageError(
                f"the inventory of an image cannot be written to {home}: {error}",
                hint="free disk space, or set ODOO_GATE_CACHE to a folder that can be written",
            ) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _output(client: docker.DockerClient, image: str, command: list[str]) -> str:
    """What `command` prints in a throw-away container without network."""
    with engine_errors(f"looking into {image}"):
        done = printed_by(client, image, command, network_mode="none", labels={LABEL + "purpose": "inventory"})
    if done.status != 0:
        complaint = "\n".join(done.stderr.splitlines()[-_COMPLAINT_LINES:])
        raise ImageError(
            f"looking into image {image} failed with status {done.status}:\n{complaint}",
            hint="name an image that has a shell (and for Odoo python3) in gate.toml, section [stack]",
        )
    return done.stdout
