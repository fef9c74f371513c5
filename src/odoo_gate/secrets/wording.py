"""Which names say that their value is a secret, and which values are none: templates, variables, example words."""

from __future__ import annotations

import re

_SECRET_NAME = re.compile(
    r"""(?:^|[._\-\s])
    (?:passw(?:or)?d|passwd|pwd|passphrase|pass
      |secret|secret[._-]?key|client[._-]?secret
      |token|api[._-]?key|apikey|private[._-]?key|access[._-]?key|auth[._-]?key|account[._-]?key|service[._-]?key
      |encryption[._-]?key|signing[._-]?key|license[._-]?key)
    (?:[._-](?:prod|production|live|staging|test|sandbox|\d+))?$""",
    re.VERBOSE,
)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_TEMPLATE = re.compile(
    r"""\$\{.*|\$\(.*|\$[A-Za-z_].*|%\(.*|%[A-Za-z_]+%|\{\{.*|\{%.*|<[^>]*>|\{[A-Za-z_.]*\}|\[.*|\{
    |.*\b(?:change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|this|with)).*
    |.*\b(?:your[-_ ]|(?:example|placeholder|dummy|redacted|todo)\b).*
    |(?:[.~]?/|[\w.-]+/)?[\w./-]*\.(?:pem|pub|key|crt|p12|txt|json)
    |.*(?:_here|-here)|x{3,}|\*+|\.{3,}|-+|_+|(?:env|file|vault|ref)(?:\+[a-z0-9]+)?://.*|!?vault.*
    |/run/secrets/.*|(?:os\.environ|getenv)\b.*""",
    re.VERBOSE | re.IGNORECASE,
)
_NO_VALUE = re.compile(r"(?:true|false|yes|no|on|off|none|null|nil|undefined|\d{1,4})?", re.IGNORECASE)

EXAMPLE_WORDS = frozenset(
    {"admin", "demo", "odoo", "password", "passwd", "passw0rd", "pass", "secret", "test", "testing", "token", "api_key",
     "key", "user", "portal", "foo", "bar", "foobar", "abc", "abc123", "123456", "12345", "mypassword", "my_password",
     "my_secret", "mysecret", "secret_key", "private_key"}
)  # fmt: skip


def names_secret(name: str) -> bool:
    """Whether a setting, column or field of this name holds the secret itself (and not its path, or its length)."""
    return _SECRET_NAME.search(_CAPITAL.sub("_", name.strip()).lower()) is not None


def is_placeholder(value: str) -> bool:
    """Whether `value` only stands where a secret will be: empty, a switch, a variable, a template."""
    text = value.strip().strip("\"'`").strip()
    return _NO_VALUE.fullmatch(text) is not None or _TEMPLATE.fullmatch(text) is not None


def is_example(value: str) -> bool:
    """Whether `value` is a word that code and its tests write where any password would do."""
    return value.strip().strip("\"'`").lower() in EXAMPLE_WORDS
