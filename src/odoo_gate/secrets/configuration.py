"""Secrets in configuration: `name = value` lines, YAML and JSON, and the name-value pairs of Kubernetes and compose."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from odoo_gate.secrets.secret import Secret, fingerprint
from odoo_gate.secrets.wording import is_placeholder, names_secret

_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][\w.\-]*)\s*[=:]\s*(.*?)\s*$")
_REDIS_DIRECTIVE = re.compile(r"^\s*(requirepass|masterauth)\s+(\S+)\s*$")
_COMMENT = re.compile(r"\s[#;].*$")
_URL_PASSWORD = re.compile(r"^[a-z][a-z0-9+.\-]*://[^/\s:@]*:([^/\s@]+)@")
_KIND = "a password or a key"
_KIND_MANIFEST = "a Kubernetes Secret in clear (base64 is no encryption)"
_KIND_URL = "a password in a URL"


def secrets_in_assignments(path: str, text: str) -> Iterator[Secret]:
    """`odoo.conf`, `.env`, `postgresql.conf`, `redis.conf`, INI and TOML: a line a setting."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith(("#", ";")):
            continue
        match = _REDIS_DIRECTIVE.match(line) or _ASSIGNMENT.match(line)
        if match is None:
            continue
        name, value = match.group(1), _unquoted(match.group(2))
        told = name in ("requirepass", "masterauth") or names_secret(name)
        yield from _judged(path, number, told, value)


def secrets_in_yaml(path: str, text: str) -> Iterator[Secret]:
    """YAML or JSON, every document. One that cannot be read has none here: it is scanned as text, too."""
    try:
        for document in yaml.compose_all(text, Loader=yaml.SafeLoader):
            if document is not None:
                yield from _in_node(path, document)
    except yaml.YAMLError:
        yield from secrets_in_assignments(path, text)


def _in_node(path: str, node: yaml.Node) -> Iterator[Secret]:
    if isinstance(node, yaml.MappingNode):
        named = {str(key.value): value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        is_secret = _scalar(named.get("kind")) == "Secret"
        for key, value in named.items():
            if is_secret and key in ("data", "stringData"):
                yield from _in_manifest(path, value)
            elif isinstance(value, yaml.ScalarNode):
                yield from _judged(path, _line(value), names_secret(key), value.value)
            else:
                yield from _in_node(path, value)
        if names_secret(_scalar(named.get("name"))) and isinstance(named.get("value"), yaml.ScalarNode):
            yield from _judged(path, _line(named["value"]), True, named["value"].value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            if isinstance(item, yaml.ScalarNode):
                yield from _in_item(path, item)
            else:
                yield from _in_node(path, item)


def _in_item(path: str, item: yaml.ScalarNode) -> Iterator[Secret]:
    """`PGPASSWORD=...` in an environment's list, `--db_password=...` in a command's."""
    name, separator, value = str(item.value).lstrip("-").partition("=")
    if separator:
        yield from _judged(path, _line(item), names_secret(name.replace("PGPASSWORD", "PG_PASSWORD")), value)
    else:
        yield from _judged(path, _line(item), False, item.value)


def _in_manifest(path: str, node: yaml.Node) -> Iterator[Secret]:
    if isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            if isinstance(value, yaml.ScalarNode) and not is_placeholder(value.value):
                yield Secret(_KIND_MANIFEST, path, _line(value), fingerprint(path, value.value))


def _judged(path: str, line: int, told: bool, value: str) -> Iterator[Secret]:
    if told and not is_placeholder(value):
        yield Secret(_KIND, path, line, fingerprint(path, value))
        return
    url = _URL_PASSWORD.match(value.strip())
    if url and not is_placeholder(url.group(1)):
        yield Secret(_KIND_URL, path, line, fingerprint(path, url.group(1)))


def _scalar(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _unquoted(value: str) -> str:
    if value[:1] in ("'", '"') and value.endswith(value[:1]) and len(value) > 1:
        return value[1:-1]
    return _COMMENT.sub("", value).strip().strip("\"'")
