"""The addons of one release on their way into a container."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from odoo_gate.addons.files import addons_files
from odoo_gate.stack.archive import Upload

OWN_ADDONS = "/mnt/odoo-gate/addons"


@dataclass(frozen=True, slots=True)
class AddonsSource:
    """A release's own addons folders on this machine, below its `root`, and the addons paths of its image.

    They are copied, not mounted: a run judges a snapshot, and an engine on another machine works too.
    """

    root: Path
    folders: tuple[Path, ...]
    image_paths: tuple[str, ...] = ()

    @property
    def own_paths(self) -> tuple[str, ...]:
        """Where the own addons lie in the container: one entry per folder, in their order."""
        return tuple(f"{OWN_ADDONS}/{index}" for index in range(len(self.folders)))

    @property
    def addons_path(self) -> tuple[str, ...]:
        """Odoo's addons path: the release's own come first and so win, as in production.

        Folders without any addon are left out: Odoo 14 refuses to start with one.
        """
        return (*self._populated(), *self.image_paths)

    def upload(self) -> Upload:
        """Every file of the own addons under its container path. Raises AddonsError."""
        return Upload(
            tuple(
                (f"{target}/{name}", path)
                for target, folder in zip(self.own_paths, self.folders, strict=True)
                for name, path in addons_files(folder, self.root)
            )
        )

    def _populated(self) -> tuple[str, ...]:
        return tuple(
            target
            for target, folder in zip(self.own_paths, self.folders, strict=True)
            if any(folder.glob("*/__manifest__.py")) or any(folder.glob("*/__openerp__.py"))
        )
