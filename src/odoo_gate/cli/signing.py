"""What judging a run takes besides its evidence: who signs, who stamps the time, what people said, whom to trust.

And the runs before it, which the report compares it with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from odoo_gate.attest.keys import Signer
from odoo_gate.attest.people import MAX_PERSONAL_BYTES
from odoo_gate.attest.run_folder import read_whole
from odoo_gate.attest.signers import signer_from
from odoo_gate.attest.timestamp import Stamp, stamp_from
from odoo_gate.attest.trust import Trust, load_trust
from odoo_gate.errors import UsageError, VerificationError
from odoo_gate.judgement import Assembled, Prepared, assemble, earlier_runs
from odoo_gate.report import JudgedRun
from odoo_gate.settings import Settings

MANUAL = Path(".odoo-gate") / "manual"
MANUAL_SUFFIX = ".manual.json"


@dataclass(frozen=True, slots=True)
class Signing:
    """The signer of a verdict, the authority that stamps it, the manual evidence with those who may give it."""

    signer: Signer
    stamp: Stamp | None
    manual: tuple[bytes, ...]
    trust: Trust | None
    earlier: tuple[JudgedRun, ...]


def signing_of(settings: Settings, env: Mapping[str, str]) -> Signing:
    """What the project and the job's environment give. Raises SettingsError, UsageError, VerificationError."""
    return Signing(
        signer_from(settings.attest.signing_key, settings.root, env),
        stamp_from(env),
        read_bundles(settings.root / MANUAL, MANUAL_SUFFIX),
        read_trust(settings.resolve(settings.policy.trust)) if settings.policy.trust else None,
        earlier_runs(settings.root, settings.project.name).runs,
    )


def judge_and_sign(run_folder: Path, prepared: Prepared, signing: Signing, now: datetime) -> Assembled:
    """`assemble` with all of that."""
    return assemble(
        run_folder,
        prepared.subject,
        prepared.addons_listing,
        prepared.policy,
        signing.signer,
        now,
        configuration=prepared.configuration,
        manual=signing.manual,
        trust=signing.trust,
        stamp=signing.stamp,
        earlier=signing.earlier,
    )


def read_bundles(folder: Path | None, suffix: str) -> tuple[bytes, ...]:
    """Every bundle that a person signed in `folder`, unexamined; none when there is no such folder.

    Raises VerificationError.
    """
    if folder is None or not folder.is_dir():
        return ()
    try:
        return tuple(read_whole(path, MAX_PERSONAL_BYTES) for path in sorted(folder.glob(f"*{suffix}")))
    except OSError as error:
        raise VerificationError(f"{folder}: a bundle cannot be read: {error}", hint="see the permissions") from error


def read_trust(path: Path) -> Trust:
    """The trust file at `path`. Raises UsageError, SettingsError."""
    try:
        return load_trust(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"the trust file {path} cannot be read: {error.strerror}", hint="name your trust file"
        ) from error
