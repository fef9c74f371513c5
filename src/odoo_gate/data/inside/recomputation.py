"""Runs inside Odoo: computes stored fields of sampled copies again and compares them with what is stored.

The archetype of each copy is computed, too. A field that Odoo itself would change on the archetype it has just made
(one a person may edit, one that depends on today) says nothing about the copy and is left out, and counted. What was
made without an archetype must be what Odoo computes, whatever it is.
"""

import math
import random


def recompute(env, say, tables, share, least, most, seed):
    """Compare `share` of the copies of every model, at least `least` and at most `most` of each.

    `tables` maps table to [first, last] of the archetypes' ids; both are 0 where there are none. Nothing is kept of
    what is computed.
    """
    chance = random.Random(seed)
    totals = {"records": 0, "values": 0, "unstable": 0, "models": 0}
    differences = []
    for name in sorted(env.registry.models):
        model = env[name].with_context(active_test=False, tracking_disable=True)
        span = tables.get(model._table)
        if span is None or model._abstract or model._transient or not model._auto:
            continue
        fields = [field for field in model._fields.values() if _is_computed(field)]
        ids = _sample(env.cr, model._table, span, share, least, most, chance)
        if not fields or not ids:
            continue
        found = _compare(model, fields, ids, span, totals)
        differences += found
        env.cr.rollback()
        env.invalidate_all(flush=False)
        totals["models"] += 1
        totals["records"] += len(ids)
    say("recomputed %(values)d stored values of %(records)d records" % totals)
    return {**totals, "differences": differences}


def _is_computed(field):
    return field.store and field.compute and field.column_type and field.type != "binary"


def _sample(cr, table, span, share, least, most, chance):
    last = span[1]
    cr.execute('SELECT count(*) FROM "%s" WHERE id > %%s' % table, [last])
    count = cr.fetchone()[0]
    wanted = min(max(math.ceil(count * share), least), most, count)
    if not wanted:
        return []
    cr.execute('SELECT max(id) FROM "%s"' % table)
    highest = cr.fetchone()[0]
    guesses = sorted({chance.randint(last + 1, highest) for _ in range(wanted * 8)})
    cr.execute('SELECT id FROM "%s" WHERE id = ANY(%%s) ORDER BY id' % table, [guesses])
    ids = [row[0] for row in cr.fetchall()]
    return sorted(chance.sample(ids, min(wanted, len(ids))))


def _compare(model, fields, ids, span, totals):
    first, last = span
    origin = {each: first + 1 + (each - first - 1) % (last - first) for each in ids if last > first}
    records = model.browse(sorted(set(ids) | set(origin.values())))
    differences = []
    for field in fields:
        stored = {record.id: record[field.name] for record in records}
        model.env.add_to_compute(field, records)
        records.modified([])
        again = {record.id: record[field.name] for record in records}
        for each in ids:
            if each in origin and not _same(field, stored[origin[each]], again[origin[each]]):
                totals["unstable"] += 1
                continue
            totals["values"] += 1
            if not _same(field, stored[each], again[each]):
                differences.append([model._name, each, field.name, str(stored[each]), str(again[each])])
        model.env.cr.rollback()
        model.env.invalidate_all(flush=False)
    return differences


def _same(field, one, other):
    if field.type in ("float", "monetary"):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=5e-5)
    return one == other
