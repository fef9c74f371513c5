"""The image everything else is built from without a registry: a minimal Debian, by debootstrap."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import docker

from odoo_gate.errors import ImageError, InfrastructureError
from odoo_gate.model import Say
from odoo_gate.process import run
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.images.mirror import mirror_of
from odoo_gate.stack.images.recipe import LABEL, REPOSITORY, content_key, recipe_files
from odoo_gate.stack.pip_ca import ca_bundle

_TIMEOUT = 1200.0
_SOURCES = "etc/apt/sources.list.d/debian.sources"
_LEFT_OUT = ("var/cache/apt/*", "var/lib/apt/lists/*", "var/log/*", "usr/share/doc/*", "usr/share/man/*")


@dataclass(frozen=True, slots=True)
class DebianBase:
    """A minimal Debian of one suite. Its name does not depend on the mirror: finding it needs no network."""

    suite: str

    @property
    def reference(self) -> str:
        files = {name: data.decode() for name, data in recipe_files("base").items()}
        return f"{REPOSITORY}/debian:{self.suite}-{content_key(files, _LEFT_OUT)}"

    def make(self, client: docker.DockerClient, workshop: Path, env: Mapping[str, str], say: Say) -> None:
        """Bootstrap into `workshop` (emptied before and after) and import the result into the engine.

        Raises ImageError when this machine cannot: no root, no debootstrap, no mirror, no disk.
        """
        _require_debootstrap(self.suite, env)
        mirror = mirror_of(self.suite, env)
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir(parents=True)
        say(f"debian {self.suite}: debootstrap from this machine's mirror")
        try:
            archive = _archive(self.suite, mirror, workshop, env)
            say(f"debian {self.suite}: import")
            with engine_errors(f"importing {self.reference}"):
                repository, tag = self.reference.split(":")
                origin = f"debootstrap of {self.suite}"
                labels = f'LABEL {LABEL}image=debian {LABEL}origin="{origin}"'
                client.api.import_image_from_file(str(archive), repository, tag, changes=[labels])
        finally:
            shutil.rmtree(workshop, ignore_errors=True)


def _archive(suite: str, mirror: str, workshop: Path, env: Mapping[str, str]) -> Path:
    """A tar archive of a bootstrapped root file system whose apt uses `mirror`."""
    root, archive = workshop / "root", workshop / "root.tar"
    # Own namespaces: whatever debootstrap mounts or starts ends with it, also when it is interrupted.
    namespaces = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
    bootstrap = ("debootstrap", "--variant=minbase", "--include=ca-certificates", suite, str(root), mirror)
    left_out = [f"--exclude=./{pattern}" for pattern in _LEFT_OUT]
    try:
        run((*namespaces, *bootstrap), env=env, timeout=_TIMEOUT)
        (root / "etc/apt/sources.list").unlink(missing_ok=True)
        for name, data in apt_files(suite, mirror, env).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        run(("tar", "-C", str(root), "--numeric-owner", *left_out, "-cf", str(archive), "."), timeout=_TIMEOUT)
    except (InfrastructureError, OSError) as error:
        raise ImageError(
            f"making a Debian {suite} image from {mirror} failed: {error}",
            hint="debootstrap needs the mirror, root and about 500 MB of free disk where the cache is",
        ) from error
    return archive


def apt_files(suite: str, mirror: str, env: Mapping[str, str]) -> dict[str, bytes]:
    """What makes apt in a base image use `mirror`, by path from the root."""
    files = recipe_files("base")
    sources = files[_SOURCES].replace(b"@MIRROR@", mirror.encode()).replace(b"@SUITE@", suite.encode())
    files[_SOURCES] = sources
    if mirror.startswith("https:") and (bundle := ca_bundle(env)):
        # The mirror's certificate may be of a company's own CA; apt alone is told.
        files["etc/apt/ca-bundle.pem"] = bundle
        files["etc/apt/apt.conf.d/91ca-bundle"] = b'Acquire::https::CaInfo "/etc/apt/ca-bundle.pem";\n'
    return files


def _require_debootstrap(suite: str, env: Mapping[str, str]) -> None:
    what = f"a Debian {suite} image cannot be made on this machine"
    alternative = "or make a registry reachable, or name existing images in gate.toml, section [stack]"
    if shutil.which("debootstrap", path=env.get("PATH", os.defpath)) is None:
        raise ImageError(f"{what}: debootstrap is not installed", hint=f"apt-get install debootstrap; {alternative}")
    if os.geteuid() != 0:
        raise ImageError(f"{what}: debootstrap needs root", hint=f"run this once as root; {alternative}")
