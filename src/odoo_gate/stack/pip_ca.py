"""The CA bundle this machine trusts, for builds behind a company's certificate authority."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from odoo_gate.errors import ImageError

_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
_SYSTEM = (
    Path("/etc/ssl/certs/ca-certificates.crt"),  # Debian, Ubuntu, Alpine, Arch
    Path("/etc/pki/tls/certs/ca-bundle.crt"),  # Fedora, RHEL
    Path("/etc/ssl/ca-bundle.pem"),  # openSUSE
)


def ca_bundle(env: Mapping[str, str], system: tuple[Path, ...] = _SYSTEM) -> bytes:
    """The PEM bundle that pip on this machine would use: what a variable names, else the system's.

    Empty when the machine has none: then the image's own bundle is all there is. Raises ImageError when a
    variable names a file that cannot be read.
    """
    for variable in _VARIABLES:
        if named := env.get(variable):
            try:
                return Path(named).read_bytes()
            except OSError as error:
                raise ImageError(
                    f"the CA bundle {named} cannot be read: {error.strerror}",
                    hint=f"correct or unset {variable}",
                ) from error
    return next((path.read_bytes() for path in system if path.is_file()), b"")
