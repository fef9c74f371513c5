"""The order of the addons path: the first folder that holds a module wins."""

from __future__ import annotations

from pathlib import PurePosixPath

from odoo_gate.parity.accepted import Differences
from odoo_gate.parity.definition import Definition
from odoo_gate.parity.services import Value
from odoo_gate.parity.tested import StackUnderTest

_ABOUT = "configuration.addons_path"
_STOCK = ("dist-packages/odoo/addons", "site-packages/odoo/addons", "odoo/odoo/addons")


def compare_addons_path(found: Differences, definition: Definition, tested: StackUnderTest) -> None:
    """The environment's `addons_path` has the tested folders, and in the tested order."""
    for written in definition.odoo.get("addons_path", ()):
        found.compared += 1
        _compare(found, definition, tested, written)


def _compare(found: Differences, definition: Definition, tested: StackUnderTest, written: Value) -> None:
    mounts = {inside: source for service in definition.of_role("odoo") for inside, source in service.mounts.items()}
    entries = [entry.strip().rstrip("/") for entry in written.text.split(",") if entry.strip()]
    known = [_own_folder(entry, mounts, tested.addons_paths) for entry in entries]
    order = [folder for folder in known if folder]
    for missing in (folder for folder in tested.addons_paths if folder not in order):
        found.error(_ABOUT, "addons-folder-missing", f"addons_path has no folder for {missing}, which is tested",
                    written.place, "add it, or mount it under its own name")  # fmt: skip
    for entry in (entry for entry, folder in zip(entries, known, strict=True) if not folder and not _is_stock(entry)):
        found.error(_ABOUT, "addons-not-tested", f"addons_path has {entry}, which is not tested", written.place,
                    "add the folder to [addons] paths, or take it out of addons_path")  # fmt: skip
    if order != [folder for folder in tested.addons_paths if folder in order]:
        found.error(
            _ABOUT,
            "another-order",
            f"addons_path searches {', '.join(order)}, and {', '.join(tested.addons_paths)} is tested",
            written.place,
            "put the folders of addons_path into the order of [addons] paths",
        )


def _own_folder(entry: str, mounts: dict[str, str], paths: tuple[str, ...]) -> str:
    """The folder of the project that an entry is: by its mount, else by the most path parts they end with."""
    for inside, source in mounts.items():
        if entry == inside or entry.startswith(f"{inside}/"):
            place = f"{source}{entry.removeprefix(inside)}"
            return place if place in paths else ""
    if _is_stock(entry):
        return ""
    parts = PurePosixPath(entry).parts
    fitting = [path for path in paths if parts[-len(PurePosixPath(path).parts) :] == PurePosixPath(path).parts]
    return max(fitting, key=len, default="")


def _is_stock(entry: str) -> bool:
    return entry.endswith(_STOCK)
