"""Runs inside Odoo: which acts each user can really do. An act is a model with an operation or a method.

Operations are judged by the user's rights. A method is called, on records that differ in state and on the user's own
copy of one: who changes something with it can do it. An act that nobody can do on these records, not even the
superuser or the administrator, was not tried. Nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_OPERATIONS = ("create", "read", "write", "unlink")


class _Undone(Exception):
    """Rolls a savepoint back."""


def judge(env: Any, say: Any, users: dict[str, int], acts: list[list[str]], exempt: list[str]) -> dict[str, Any]:
    """{"can": [who, model, act], "unknown": [model, act, what is unknown], "untried": [...], "people": {...}}.

    Besides `users`, the people of the data are judged, as one for each set of groups, unless they hold a group of
    `exempt`.
    """
    unknown = [[model, act, lack] for model, act in acts for lack in [_lacks(env, model, act)] if lack]
    known = [(model, act) for model, act in acts if not _lacks(env, model, act)]
    people = _people(env, exempt, set(users.values()))
    say("judging " + str(len(known)) + " acts of " + str(len(users)) + " roles and " + str(len(people)) + " people")
    can, untried = [], []
    everybody = [*users.items(), *people.items()]
    for model, act in known:
        if act in _OPERATIONS:
            able = [who for who, uid in everybody if _may(env(user=uid, su=False)[model], act)]
        else:
            able = [who for who, uid in everybody if _does(env, uid, model, act)]
            if not able and not any(_does(env, uid, model, act) for uid in (1, env.ref("base.user_admin").id)):
                untried.append([model, act])
        can += [[who, model, act] for who in able]
    return {"can": can, "unknown": unknown, "untried": untried, "people": sorted(people)}


def _lacks(env: Any, model: str, act: str) -> str:
    if model not in env.registry:
        return "model"
    if act in _OPERATIONS or callable(getattr(type(env[model]), act, None)):
        return ""
    return "method"


def _people(env: Any, exempt: list[str], taken: set[int]) -> dict[str, int]:
    """ "the user x" → id, one for each set of groups that active people of the data have."""
    holders = [env.ref(name, raise_if_not_found=False) for name in exempt]
    found, seen = {}, set()
    for user in env["res.users"].search([("share", "=", False)], order="id"):
        groups = user.all_group_ids if "all_group_ids" in user._fields else user.groups_id
        if user.id in taken or user.id == 1 or any(group and group in groups for group in holders):
            continue
        if groups not in seen:
            seen.add(groups)
            found["the user " + user.login] = user.id
    return found


def _may(model: Any, operation: str) -> bool:
    if hasattr(model, "has_access"):
        return bool(model.browse().has_access(operation))
    return bool(model.check_access_rights(operation, raise_exception=False))


def _does(env: Any, uid: int, model: str, method: str) -> bool:
    """Whether the user changes something by calling the method: on a copy of its own, or on one of the records."""
    if uid != 1 and not _may(env(user=uid, su=False)[model], "read"):
        return False
    with _undone(env):
        for record in _own_copies(env, uid, model):
            if _has_effect(env, uid, record, method):
                return True
    return any(_has_effect(env, uid, record, method) for record in _samples(env, model))


def _own_copies(env: Any, uid: int, model: str) -> list[Any]:
    """A copy made by the user, or where that is refused, by the superuser."""
    for record in _samples(env, model)[:1]:
        for maker in (env(user=uid, su=uid == 1), env):
            try:
                with env.cr.savepoint():
                    copy = record.with_env(maker).copy()
                    _flush(env)
                    return [copy.with_env(env)]
            except Exception:  # whoever cannot make one is tried on the records that are there
                _forget(env)
    return []


def _samples(env: Any, model: str) -> list[Any]:
    records = env[model].with_context(active_test=False)
    if records._transient or not records._auto:
        return []
    state = records._fields.get("state")
    if state is not None and state.store and state.type == "selection":
        env.cr.execute('SELECT max(id) FROM "' + records._table + '" GROUP BY state ORDER BY 1 DESC LIMIT 4')
        return [env[model].browse(row[0]) for row in env.cr.fetchall()]
    return list(records.search([], limit=2, order="id desc"))


def _has_effect(env: Any, uid: int, record: Any, method: str) -> bool:
    """Whether the call changed the record. What other tables got of it is not looked at."""
    before = _row(env, record)
    try:
        with env.cr.savepoint():
            getattr(record.with_env(env(user=uid, su=uid == 1)), method)()
            _flush(env)
            changed = bool(_row(env, record) != before)
            raise _Undone  # noqa: TRY301 (a savepoint is rolled back by an error only)
    except _Undone:
        return changed
    except Exception:  # refused, or not possible for this record: either way it is as it was
        return False
    finally:
        _forget(env)


def _row(env: Any, record: Any) -> Any:
    env.cr.execute('SELECT to_jsonb(t) - \'write_date\' - \'write_uid\' FROM "' + record._table + '" t WHERE id = %s',
                   [record.id])  # fmt: skip
    return env.cr.fetchone()


@contextmanager
def _undone(env: Any) -> Iterator[None]:
    try:
        with env.cr.savepoint():
            yield
            raise _Undone  # noqa: TRY301 (as above)
    except _Undone:
        pass
    finally:
        _forget(env)


def _flush(env: Any) -> None:
    env.flush_all() if hasattr(env, "flush_all") else env["base"].flush()


def _forget(env: Any) -> None:
    env.invalidate_all() if hasattr(env, "invalidate_all") else env.cache.invalidate()
