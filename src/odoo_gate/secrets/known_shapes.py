"""Secrets by their shape, and by the name they are assigned to in code: detect-secrets, tuned for Odoo releases.

Nothing is sent anywhere: the plugins' online verification is not among the filters. Comments that allow a line
(`pragma: allowlist secret`) do not count: an exception is written with its reason into gate.toml.
"""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odoo_gate.errors import InfrastructureError
from odoo_gate.secrets.secret import Secret, fingerprint
from odoo_gate.secrets.wording import is_example, is_placeholder

_SHAPES = (
    "ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "CloudantDetector",
    "DiscordBotTokenDetector", "GitHubTokenDetector", "GitLabTokenDetector", "IbmCloudIamDetector",
    "IbmCosHmacDetector", "JwtTokenDetector", "MailchimpDetector", "NpmDetector", "OpenAIDetector",
    "PrivateKeyDetector", "PypiTokenDetector", "SendGridDetector", "SlackDetector", "SoftlayerDetector",
    "SquareOAuthDetector", "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
)  # fmt: skip
_CODE_SUFFIXES = (".py", ".js", ".sh", ".toml", ".yaml", ".yml", ".json", ".conf", ".cfg", ".ini", ".env")
_FILTERS = (
    "detect_secrets.filters.heuristic.is_sequential_string",
    "detect_secrets.filters.heuristic.is_potential_uuid",
    "detect_secrets.filters.heuristic.is_templated_secret",
    "detect_secrets.filters.heuristic.is_prefixed_with_dollar_sign",
    "detect_secrets.filters.heuristic.is_indirect_reference",
)
_WORDY = ("Secret Keyword", "Base64 High Entropy String")
_ENTROPY = 4.7
"""Bits a character: hashes in hexadecimal stay below 4, random base64 of 40 characters lies above."""
_CANDIDATE = re.compile(r"[A-Za-z0-9+/=_.\-]{16}|://|(?i:pass|pwd|secret|key|token|contrase)")
"""What a line must hold for any plugin to see something in it: no known shape is shorter than 16 characters."""
_CANARY = "canary = 'AKIA" + "QYLPMN5HNLAKZ7XR'"
"""Planted at the end of every scan: one that does not find it has not looked. In two parts: no secret in this file."""
_KINDS = {"Secret Keyword": "a password or a key", "Base64 High Entropy String": "a random key"}


def known_shapes(files: Iterable[tuple[str, str]], *, with_names: bool) -> Iterator[Secret]:
    """Secrets in texts, given as (path, text); `with_names` looks at what values are assigned to, too.

    Raises InfrastructureError when detect-secrets is not installed, or does not see what was planted for it.
    """
    scan_file, transient_settings = _detect_secrets()
    plugins: list[dict[str, Any]] = [{"name": name} for name in _SHAPES]
    if with_names:
        plugins += [{"name": "KeywordDetector"}, {"name": "Base64HighEntropyString", "limit": _ENTROPY}]
    used = {"plugins_used": plugins, "filters_used": [{"path": path} for path in _FILTERS]}
    lines = list(_worth_a_look(files))
    with transient_settings(used), tempfile.TemporaryDirectory(prefix="odoo-gate-secrets-") as scratch:
        copy = Path(scratch) / "lines.py"
        copy.write_text("\n".join([*(line.text for line in lines), _CANARY]) + "\n", "utf-8", errors="replace")
        found = list(scan_file(str(copy)))
    if all(secret.line_number != len(lines) + 1 for secret in found):
        raise InfrastructureError(
            "detect-secrets did not find the secret that is planted in every scan",
            hint="install the version of detect-secrets that odoo-gate asks for: pip install 'odoo-gate[security]'",
        )
    for secret in found:
        if secret.line_number <= len(lines):
            yield from _judged(lines[secret.line_number - 1], str(secret.secret_value), secret.type)


@dataclass(frozen=True, slots=True)
class _Line:
    path: str
    number: int
    text: str


def _worth_a_look(files: Iterable[tuple[str, str]]) -> Iterator[_Line]:
    """The lines in which any plugin could find something: most of a release's lines hold no long word and no key."""
    for path, text in files:
        for number, line in enumerate(text.splitlines(), start=1):
            if _CANDIDATE.search(line):
                yield _Line(path, number, line.replace("\r", " "))


def _judged(line: _Line, value: str, kind: str) -> Iterator[Secret]:
    if kind in _WORDY and not _is_credible(line.path, value, line.text):
        return
    if kind == "Basic Auth Credentials" and (is_placeholder(value) or is_example(value)):
        return
    if "placeholder=" in line.text.partition(value)[0] or f"e.g. {value}" in line.text:
        return
    yield Secret(_KINDS.get(kind) or f"a secret ({kind})", line.path, line.number, fingerprint(line.path, value))


def _is_credible(path: str, value: str, line: str) -> bool:
    """Whether an assigned word can be a secret, and not a label, a key's name or a sentence."""
    if not path.endswith(_CODE_SUFFIXES):
        return False
    stripped = value.strip()
    if len(set(stripped)) == len(stripped) > 30:
        return False  # an alphabet to draw from
    if is_placeholder(stripped) or is_example(stripped) or len(stripped) < 6 or " " in stripped:
        return False
    if stripped.replace("_", "").replace(".", "").replace("-", "").isalpha() and "://" not in line:
        return False  # a name of something: a field, an XML id, a label
    return not stripped.startswith(("/", "./", "http://", "https://"))


def _detect_secrets() -> tuple[Any, Any]:
    try:
        from detect_secrets.core.scan import scan_file
        from detect_secrets.settings import transient_settings
    except ImportError as error:
        raise InfrastructureError(
            "detect-secrets is not installed", hint="pip install 'odoo-gate[security]'"
        ) from error
    logging.getLogger("detect_secrets").setLevel(logging.ERROR)
    return scan_file, transient_settings
