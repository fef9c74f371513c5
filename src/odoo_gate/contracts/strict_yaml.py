"""YAML that says one thing: plain data, no key twice, no word that silently becomes a date or a truth value."""

from __future__ import annotations

from typing import Any

import yaml

from odoo_gate.contracts.errors import ContractError

_BOOLEAN = "tag:yaml.org,2002:bool"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """YAML 1.2's idea of scalars: `no`, `on` and `2026-03-31` are strings."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != _TIMESTAMP and (tag != _BOOLEAN or first in "tTfF")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str, name: str) -> dict[str, Any]:
    """The mapping that `text` holds; `name` is what errors call the file.

    Raises ContractError, with the line where there is one.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        _require_single_keys(node, name, set())
        data = None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ContractError(f"{name}:{line}: {error.problem}", hint="correct that line") from error
    except yaml.YAMLError as error:
        raise ContractError(f"{name} is not YAML: {error}", hint="correct it") from error
    finally:
        loader.dispose()
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise ContractError(f"{name} holds no contract", hint="begin it with kind: OdooApi, or kind: DataContract")
    return data


def _require_single_keys(node: yaml.Node | None, name: str, seen: set[int]) -> None:
    """Raises ContractError for a key that is written twice in one mapping, at any depth."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _require_single_keys(item, name, seen)
    if not isinstance(node, yaml.MappingNode):
        return
    keys: set[str] = set()
    for key, value in node.value:
        word = key.value if isinstance(key, yaml.ScalarNode) else ""
        if word in keys:
            line = key.start_mark.line + 1
            raise ContractError(f"{name}:{line}: {word!r} is written twice", hint="keep one of them")
        keys.update([word] if word else [])
        _require_single_keys(value, name, seen)
