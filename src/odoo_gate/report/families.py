"""The families of checks a release can be asked, in the words of those who run the business."""

from __future__ import annotations

FAMILIES = {
    "tests": "Do the addons' own tests pass?",
    "modules": "Does each module install, update, uninstall and translate by itself?",
    "migration": "Does yesterday's data survive the upgrade, to the cent?",
    "contracts": "Do fields, rights and interfaces still keep what others rely on?",
    "load": "Is it fast enough with everyone at work?",
    "security": "Are known holes, leaked secrets and open doors absent?",
    "recovery": "Can last night's backup be restored in time?",
    "resilience": "Does work survive a database, Redis or server that dies?",
    "run": "Did everything that was selected come to an end?",
}


def question(family: str) -> str:
    """What `family` asks of a release; empty for a family of somebody else's making."""
    return FAMILIES.get(family, "")
