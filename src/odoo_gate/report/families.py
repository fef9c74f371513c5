"""The families of checks a release can be asked, in the words of those who run the business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

FAMILIES = {
    "tests": "Do the addons' own tests pass?",
    "modules": "Does each module install, update, uninstall and translate by itself?",
    "migration": "Does yesterday's data survive the upgrade, to the cent?",
    "contracts": "Do fields, rights and interfaces still keep what others rely on?",
    "tenancy": "Do the users of one company see only that company?",
    "parity": "Is what was tested what production runs?",
    "load": "Is it fast enough with everyone at work?",
    "security": "Are known holes, leaked secrets and open doors absent?",
    "recovery": "Can last night's backup be restored in time?",
    "resilience": "Does work survive a database, Redis or server that dies?",
    "manual": "Have people answered for what no machine can test?",
    "run": "Did everything that was selected come to an end?",
}

ACTORS = {
    "tests": "the developers of the change",
    "modules": "the developers of the change",
    "migration": "the developers of the change, with whoever runs the database",
    "contracts": "the developers of the change, with the owner of the other system",
    "tenancy": "the developers of the change",
    "parity": "operations, who keep the environment's definition",
    "load": "the developers of the change, with operations",
    "security": "the developers of the change, with whoever answers for security",
    "recovery": "operations, who keep backups and servers",
    "resilience": "operations, who keep backups and servers",
    "manual": "the people whom the policy asks",
    "run": "whoever started the run",
}

_OF_ONE_CHECK = {
    "run.calendar": "whoever plans releases",
    "run.objectives": "the developers of the change, with operations",
    "run.settings": "the developers of the change, or whoever answers for the policy",
}


def question(family: str) -> str:
    """What `family` asks of a release; empty for a family of somebody else's making."""
    return FAMILIES.get(family, "")


def who_acts(check: str, asked: Mapping[str, Sequence[str]] | None = None) -> str:
    """Who must act when `check`, or one of a whole family, blocks; `asked` are the groups a manual check asks."""
    groups = (asked or {}).get(check)
    if groups:
        return f"somebody of {' or '.join(groups)}"
    family = check.partition(".")[0]
    return _OF_ONE_CHECK.get(check) or ACTORS.get(family, "whoever added these checks")
