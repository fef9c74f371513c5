"""What a run folder says it judges: written when a run starts, read again by whoever judges it elsewhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from odoo_gate.attest.run_folder import remove_signed, write_whole
from odoo_gate.attest.statement import (
    ADDONS_SUBJECT,
    CONFIGURATION_SUBJECT,
    SOURCE_SUBJECT,
    ReleaseV1,
    sha256,
    source_document,
)
from odoo_gate.errors import InfrastructureError, UsageError
from odoo_gate.model import ReleaseSubject
from odoo_gate.policy import load_policy
from odoo_gate.strict_json import NotStrictJson, read_json

SUBJECT = "subject.json"
PACKAGES = "packages.json"
POLICY = "policy.toml"
_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run folder was prepared to judge: the release, its addons' and configuration's listings, the policy."""

    subject: ReleaseSubject
    addons_listing: bytes
    policy: bytes
    configuration: bytes = b""


def prepare(run_folder: Path, prepared: Prepared) -> None:
    """Write down what is judged. An earlier judgement in the folder is taken back.

    Raises UsageError when the policy is not the one the subject names, or cannot judge its environment.
    """
    subject, policy = prepared.subject, prepared.policy
    load_policy(policy).rules(subject.environment)
    if sha256(policy) != subject.policy_digest:
        raise UsageError("the policy changed since the release was read", hint="run the gate again")
    remove_signed(run_folder)
    images = (*subject.images, *subject.instruments)
    packages = {image.role: dict(image.packages) for image in images}
    if len(packages) != len(images):
        raise UsageError("two images have the same role", hint="give each image of the release its own role")
    release = ReleaseV1.of(subject)
    for name, data in {
        SUBJECT: release.model_dump_json(by_alias=True, indent=1).encode() + b"\n",
        PACKAGES: json.dumps(packages, indent=1, sort_keys=True).encode() + b"\n",
        ADDONS_SUBJECT: prepared.addons_listing,
        CONFIGURATION_SUBJECT: prepared.configuration,
        SOURCE_SUBJECT: source_document(subject.commit, subject.dirty),
        POLICY: policy,
    }.items():
        write_whole(run_folder / name, data)


def read_prepared(run_folder: Path) -> Prepared:
    """What `prepare` wrote into a run folder. Raises UsageError when it is not there or damaged."""
    try:
        subject = _read_strict(run_folder / SUBJECT)
        packages = json.loads(_read_strict(run_folder / PACKAGES))
        return Prepared(
            ReleaseV1.model_validate_json(subject, by_alias=True, by_name=False).to_subject(packages),
            (run_folder / ADDONS_SUBJECT).read_bytes(),
            (run_folder / POLICY).read_bytes(),
            (run_folder / CONFIGURATION_SUBJECT).read_bytes(),
        )
    except (OSError, NotStrictJson, ValidationError, KeyError) as error:
        raise UsageError(
            f"{run_folder} is not the folder of a run: {error}", hint="give the folders that the shards wrote"
        ) from error


def merge(shards: Sequence[Path], run_folder: Path) -> Prepared:
    """Bring the folders of several shards of one release into `run_folder`, which must not exist.

    Raises UsageError unless all shards judged exactly the same release by the same policy.
    """
    if not shards:
        raise UsageError("there is nothing to judge", hint="give the folders that the shards wrote")
    if len({shard.resolve() for shard in shards}) != len(shards):
        raise UsageError("a shard is given twice", hint="give each shard's folder once")
    first = read_prepared(shards[0])
    for shard in shards[1:]:
        if read_prepared(shard) != first:
            raise UsageError(f"{shard} judged something else than {shards[0]}", hint="run all shards on one candidate")
    try:
        run_folder.mkdir(parents=True)
        for number, shard in enumerate(shards, start=1):
            shutil.copytree(shard, run_folder / "shards" / str(number), symlinks=True)
    except OSError as error:
        raise InfrastructureError(
            f"the shards cannot be brought together in {run_folder}: {error}", hint="name a new folder"
        ) from error
    return first


def _read_strict(path: Path) -> bytes:
    data = path.read_bytes()
    read_json(data, max_bytes=_MAX_BYTES)
    return data
