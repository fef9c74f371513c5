"""Who made an image: cosign, from its own image, asks the registry for the signature and checks it with a key."""

from __future__ import annotations

from odoo_gate.model import Say, silent
from odoo_gate.stack.client import docker_client, engine_errors
from odoo_gate.stack.container import Printed, printed_by
from odoo_gate.stack.images import Images, run_reference
from odoo_gate.stack.images.recipe import LABEL

_KEY = "ODOO_GATE_IMAGE_KEY"


def cosign_verify(reference: str, public_key: str, say: Say = silent) -> Printed:
    """`cosign verify` of the image `reference` (by digest) with a PEM public key: exit status and what it printed.

    The signature need not be in the public transparency log. Raises ImageError when cosign's image cannot be had,
    StackError when the engine fails.
    """
    cosign = Images(say).cosign()
    command = ["cosign", "verify", "--key", f"env://{_KEY}", "--insecure-ignore-tlog=true", "--output", "json"]
    with engine_errors(f"verifying {reference}"):
        return printed_by(
            docker_client(),
            run_reference(cosign),
            [*command, reference],
            environment={_KEY: public_key},
            labels={LABEL + "purpose": "provenance"},
        )
