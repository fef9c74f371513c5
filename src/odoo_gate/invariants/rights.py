"""Whether anybody may do more after than before: groups and users by model, record rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from odoo_gate.invariants.difference import Difference, Weight
from odoo_gate.invariants.domains import Scope, compared

_EVERYTHING = "[]"


def rights_differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    """Every widening is an error; what was taken away, or concerns a new model, is a note."""
    old, new = _Rights.read(before), _Rights.read(after)
    yield from _by_group(old, new)
    yield from _by_user(old, new)
    yield from _by_rule(old, new)


@dataclass(frozen=True)
class _Rights:
    """`granted`: holder ("group x", "everyone") → model → operations; `users`: user → groups with those implied.

    `rules`: "rule x on model" → domain, operations and groups.
    """

    granted: Mapping[str, Mapping[str, frozenset[str]]]
    users: Mapping[str, frozenset[str]]
    rules: Mapping[str, Mapping[str, str]]
    groups: frozenset[str]
    models: frozenset[str]

    @classmethod
    def read(cls, rows: Mapping[str, str]) -> _Rights:
        granted: dict[str, dict[str, frozenset[str]]] = {}
        users: dict[str, frozenset[str]] = {}
        rules: dict[str, Mapping[str, str]] = {}
        names: dict[str, set[str]] = {"group": set(), "model": set()}
        for key, value in rows.items():
            holder, _, model = key.partition(" on ")
            kind, _, name = holder.partition(" ")
            if kind == "rule":
                rules[key] = json.loads(value)
            elif kind == "user":
                users[key] = frozenset(value.split())
            elif model:
                granted.setdefault(holder, {})[model] = frozenset(value.split())
            else:
                names[kind].add(name)
        return cls(granted, users, rules, frozenset(names["group"]), frozenset(names["model"]))

    def of(self, holder: str, model: str) -> frozenset[str]:
        return self.granted.get(holder, {}).get(model, frozenset())

    def of_user(self, groups: frozenset[str]) -> dict[str, frozenset[str]]:
        """What a member of `groups` may do, by model."""
        found = dict(self.granted.get("everyone", {}))
        for group in groups:
            for model, operations in self.granted.get(f"group {group}", {}).items():
                found[model] = found.get(model, frozenset()) | operations
        return found


def _by_group(old: _Rights, new: _Rights) -> Iterator[Difference]:
    for holder, models in sorted(new.granted.items()):
        is_known = holder == "everyone" or holder.removeprefix("group ") in old.groups
        for model, operations in sorted(models.items()):
            gained = operations - old.of(holder, model)
            if not gained:
                continue
            key = f"{holder} on {model}"
            weight = Weight.ERROR if is_known and model in old.models else Weight.NOTE
            yield Difference(key, f"may {_listed(gained)}, which it could not before", weight)
    for holder, models in sorted(old.granted.items()):
        for model, operations in sorted(models.items()):
            lost = operations - new.of(holder, model)
            if lost and model in new.models:
                yield Difference(f"{holder} on {model}", f"may no longer {_listed(lost)}", Weight.NOTE)


def _by_user(old: _Rights, new: _Rights) -> Iterator[Difference]:
    for user, groups in sorted(new.users.items()):
        had = old.users.get(user)
        if had is None:
            yield Difference(user, "is active and was not", Weight.ERROR if old.users else Weight.NOTE)
            continue
        gained = groups - had
        if known := gained & old.groups:
            yield Difference(user, f"is in {_listed(known)} and was not", Weight.ERROR)
        if fresh := gained - old.groups:
            yield from _through_new_groups(user, fresh, old, new)


def _through_new_groups(user: str, fresh: frozenset[str], old: _Rights, new: _Rights) -> Iterator[Difference]:
    """A group that is new may give a user new rights on models that are not."""
    had = old.of_user(old.users[user])
    for model, operations in sorted(new.of_user(fresh).items()):
        gained = operations - had.get(model, frozenset())
        if gained and model in old.models:
            message = f"may {_listed(gained)} {model} through {_listed(fresh)}, which is new"
            yield Difference(user, message, Weight.ERROR)


def _by_rule(old: _Rights, new: _Rights) -> Iterator[Difference]:
    """Rules without groups narrow everybody; those of groups are alternatives, and narrow only who had none."""
    for key, rule in sorted(old.rules.items()):
        if key not in new.rules and _model(key) in new.models:
            is_last = not rule["groups"] or not _others(new, key, rule["groups"])
            message = "is gone, and narrows nobody any more" if is_last else "is gone; other rules of its groups stay"
            yield Difference(key, message, Weight.ERROR if is_last else Weight.NOTE)
    for key, rule in sorted(new.rules.items()):
        if key in old.rules:
            yield from _changed_rule(key, old.rules[key], rule)
        elif _model(key) in old.models:
            widens = bool(rule["groups"]) and bool(_others(old, key, rule["groups"]))
            message = "is new, and lets its groups see more" if widens else "is new, and narrows"
            yield Difference(key, message, Weight.ERROR if widens else Weight.NOTE)


def _changed_rule(key: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    if after["domain"] != before["domain"]:
        yield _changed_domain(key, before["domain"], after["domain"])
    released = set(before["operations"].split()) - set(after["operations"].split())
    if released:
        yield Difference(key, f"no longer narrows {_listed(released)}", Weight.ERROR)
    if after["groups"] != before["groups"]:
        message = f"is for other groups: {before['groups'] or 'all'} before, {after['groups'] or 'all'} after"
        yield Difference(key, message, Weight.NOTE if not after["groups"] else Weight.ERROR)


def _changed_domain(key: str, before: str, after: str) -> Difference:
    """What can be shown to allow no more is a note; everything else may widen what people see, or change."""
    scope = compared(before, after)
    weight = Weight.NOTE if scope in (Scope.SAME, Scope.LESS) else Weight.ERROR
    message = {
        Scope.SAME: "has a domain that allows the same",
        Scope.LESS: "allows fewer records",
        Scope.MORE: "allows more records",
        Scope.UNKNOWN: "has another domain, which may allow more",
    }[scope]
    if scope is Scope.MORE and compared(after, _EVERYTHING) is Scope.SAME:
        message = "allows every record"
    return Difference(key, f"{message}: {before or '[]'} before, {after or '[]'} after", weight)


def _others(rights: _Rights, key: str, groups: str) -> bool:
    """Whether other rules of the same model are for some of these groups."""
    wanted = set(groups.split())
    return any(
        other != key and _model(other) == _model(key) and wanted & set(rule["groups"].split())
        for other, rule in rights.rules.items()
    )


def _model(key: str) -> str:
    return key.rpartition(" on ")[2]


def _listed(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names))
