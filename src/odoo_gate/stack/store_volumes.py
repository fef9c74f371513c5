"""The two volumes of the template store, and what is known of whether they can be trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from docker.errors import NotFound

from odoo_gate.stack.container import printed_by
from odoo_gate.stack.postgres import DATA_MOUNT
from odoo_gate.stack.run import Run

ALIAS = "store"
"""The server's host name in the private network of every run that uses it."""

_CLEAN_STATE = "shut down"


@dataclass(frozen=True, slots=True)
class VolumeState:
    """What is known on this machine about the data volume.

    `ready`: a server has once accepted connections on it. `clean`: its last server ended in good order.
    `boot`: the boot id of the engine's kernel while its last server ran.
    """

    ready: bool = False
    clean: bool = False
    boot: str = ""


def is_trustworthy(state: VolumeState, boot: str, control: str) -> bool:
    """Whether the data of a server that was not stopped by us may be used again.

    The server runs with fsync off. If only its process died, everything it wrote is still in the kernel's
    page cache and PostgreSQL's own recovery is right. If the host went down, pages are missing and nothing
    would tell: then only a data directory that says it was shut down in order is good. `boot` is the engine's
    boot id now, `control` the cluster state of pg_controldata, empty when it could not be read.
    """
    if not state.ready or not control:
        return False
    return control == _CLEAN_STATE or state.boot == boot


class StoreVolumes:
    """`data` holds the databases, `files` every filestore; what is known of them lies in a file on this machine."""

    def __init__(self, run: Run, image: str, name: str, known: Path) -> None:
        self.data = name
        self.files = f"{name}-files"
        self._run = run
        self._image = image
        self._known = known

    def prepare(self) -> None:
        """Leave two volumes that can be trusted: the ones there are, or new ones."""
        if self._exists(self.data):
            state = self.state()
            if (state.ready and state.clean) or is_trustworthy(state, *self._inspect()):
                self.remember(VolumeState(ready=True, clean=False, boot=state.boot))
                return
            if state.ready:
                self._run.say("the template store was cut off when its host went down: it is made anew")
            self._remove()
        self.remember(VolumeState())
        for volume in (self.data, self.files):
            self._run.client.volumes.create(volume, labels=self._run.labels.of_store(ALIAS))

    def _exists(self, name: str) -> bool:
        try:
            self._run.client.volumes.get(name)
        except NotFound:
            return False
        return True

    def _remove(self) -> None:
        for volume in (self.data, self.files):
            try:
                self._run.client.volumes.get(volume).remove()
            except NotFound:
                continue

    def _inspect(self) -> tuple[str, str]:
        """(boot id of the engine's kernel, cluster state of the data directory or "")."""
        script = (
            "cat /proc/sys/kernel/random/boot_id; "
            f"pg_controldata {DATA_MOUNT}/data 2>&1 | sed -n 's/^Database cluster state: *//p'"
        )
        inspected = printed_by(
            self._run.client,
            self._image,
            ("sh", "-c", script),
            environment={"LC_ALL": "C"},
            volumes={self.data: {"bind": DATA_MOUNT, "mode": "ro"}},
            labels=self._run.labels.of_run("store-inspection"),
        )
        boot, _, control = inspected.stdout.strip().partition("\n")
        return boot, control.strip()

    def state(self) -> VolumeState:
        """Nothing is known where nothing was remembered."""
        if not self._known.exists():
            return VolumeState()
        try:
            return _state_from(json.loads(self._known.read_text(encoding="utf-8")))
        except (ValueError, TypeError, KeyError):
            return VolumeState()  # cut short by a full disk or a crash: nothing is known about the volume

    def remember(self, state: VolumeState) -> None:
        draft = self._known.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(state)), encoding="utf-8")
        draft.replace(self._known)


def _state_from(raw: Mapping[str, object]) -> VolumeState:
    return VolumeState(ready=raw["ready"] is True, clean=raw["clean"] is True, boot=str(raw["boot"]))
