"""Rights, scheduled actions, modules and views."""

from __future__ import annotations

import json

from odoo_gate.invariants.catalog import Catalog
from odoo_gate.invariants.definitions.dialect import measured_inside
from odoo_gate.invariants.model import Kind
from odoo_gate.invariants.question import Answer, Invariant, Question, Source

_NAMED = """
named AS (
    SELECT res_id AS id, min(module || '.' || name) AS xmlid FROM ir_model_data
     WHERE model = '{model}' GROUP BY res_id
)"""
_GROUPS = (
    """
WITH RECURSIVE closure(gid, hid) AS (
    SELECT id, id FROM res_groups
     UNION
    SELECT c.gid, i.hid FROM closure c JOIN res_groups_implied_rel i ON i.gid = c.hid
), """
    + _NAMED.format(model="res.groups")
    + ", groups AS (SELECT g.id, coalesce(n.xmlid, 'id ' || g.id) AS name FROM res_groups g"
    " LEFT JOIN named n ON n.id = g.id)"
)
_RIGHTS = """
    concat_ws(' ', CASE WHEN bool_or(a.perm_create) THEN 'create' END, CASE WHEN bool_or(a.perm_read) THEN 'read' END,
              CASE WHEN bool_or(a.perm_write) THEN 'write' END, CASE WHEN bool_or(a.perm_unlink) THEN 'unlink' END)"""
_BY_GROUP = f"""
{_GROUPS}
SELECT format('group %s on %s', g.name, m.model), {_RIGHTS}
  FROM closure c JOIN groups g ON g.id = c.gid JOIN ir_model_access a ON a.group_id = c.hid AND a.active
  JOIN ir_model m ON m.id = a.model_id GROUP BY 1
 UNION ALL
SELECT format('everyone on %s', m.model), {_RIGHTS}
  FROM ir_model_access a JOIN ir_model m ON m.id = a.model_id WHERE a.group_id IS NULL AND a.active GROUP BY 1
 UNION ALL
SELECT 'group ' || name, '' FROM groups
 UNION ALL
SELECT 'model ' || model, '' FROM ir_model
 UNION ALL
SELECT format('user %s', u.id), string_agg(DISTINCT g.name, ' ' ORDER BY g.name)
  FROM res_users u JOIN res_groups_users_rel r ON r.uid = u.id JOIN closure c ON c.gid = r.gid
  JOIN groups g ON g.id = c.hid WHERE u.active GROUP BY u.id"""
_RULES = f"""
WITH {_NAMED.format(model="ir.rule")}, gnamed AS (
    SELECT res_id AS id, min(module || '.' || name) AS xmlid FROM ir_model_data
     WHERE model = 'res.groups' GROUP BY res_id
)
SELECT format('rule %s on %s', coalesce(n.xmlid, 'id ' || r.id), m.model), coalesce(r.domain_force, ''),
       concat_ws(' ', CASE WHEN r.perm_create THEN 'create' END, CASE WHEN r.perm_read THEN 'read' END,
                      CASE WHEN r.perm_write THEN 'write' END, CASE WHEN r.perm_unlink THEN 'unlink' END),
       (SELECT string_agg(coalesce(gn.xmlid, 'id ' || rg.group_id), ' ' ORDER BY 1)
          FROM rule_group_rel rg LEFT JOIN gnamed gn ON gn.id = rg.group_id WHERE rg.rule_group_id = r.id)
  FROM ir_rule r JOIN ir_model m ON m.id = r.model_id LEFT JOIN named n ON n.id = r.id WHERE r.active"""


def _rights(source: Source) -> Answer:
    rows = source.fetch(_BY_GROUP)
    for key, domain, operations, groups in source.fetch(_RULES):
        rule = {"domain": " ".join(domain.split()), "operations": operations, "groups": groups or ""}
        rows.append((key, json.dumps(rule, sort_keys=True)))
    return Answer(rows, ["rights"], len(rows))


ACCESS = Invariant(
    "access",
    "Nobody may do more than before",
    (
        Question(
            "rights",
            Kind.RIGHTS,
            "rights of groups and users, record rules",
            ask=_rights,
            needs=("ir_model_access.perm_read", "res_groups_implied_rel.hid", "rule_group_rel.rule_group_id"),
            remedy="take the right away again, or declare why the release gives it",
        ),
    ),
)

_CRONS = f"""
WITH {_NAMED.format(model="ir.cron")}
SELECT format('cron %s', coalesce(n.xmlid, 'id ' || c.id)), {{value}}
  FROM ir_cron c LEFT JOIN named n ON n.id = c.id"""
_CRON_COLUMNS = ("ir_cron.active", "ir_cron.interval_number", "ir_cron.interval_type", "ir_cron.nextcall")

CRONS_AND_MODULES = Invariant(
    "crons-and-modules",
    "Scheduled actions run as before; modules are installed and none is left half-way",
    (
        Question(
            "crons",
            Kind.KEPT,
            "scheduled actions",
            sql=_CRONS.format(
                value="format('%s, every %s %s', CASE WHEN c.active THEN 'active' ELSE 'inactive' END,"
                " c.interval_number, c.interval_type)"
            ),
            needs=_CRON_COLUMNS,
            remedy="keep scheduled actions as the user set them: noupdate, or declare the change",
        ),
        Question(
            "next-calls",
            Kind.NOT_LOWER,
            "next calls of scheduled actions (year to second)",
            sql=_CRONS.format(value="to_char(c.nextcall, 'YYYYMMDDHH24MISS')::bigint")
            + " WHERE c.nextcall IS NOT NULL",
            needs=_CRON_COLUMNS,
            remedy="a scheduled action would run again: set its next call back to what it was",
        ),
        Question(
            "never-called",
            Kind.HOLDS,
            "is active and has no next call",
            sql=_CRONS.format(value="'active'") + " WHERE c.active AND c.nextcall IS NULL",
            needs=_CRON_COLUMNS,
            examined="ir_cron WHERE active",
            remedy="give it a next call",
        ),
        Question(
            "half-way",
            Kind.HOLDS,
            "is in state {value}",
            sql="SELECT 'module ' || name, state FROM ir_module_module"
            " WHERE state NOT IN ('installed', 'uninstalled', 'uninstallable')",
            examined="ir_module_module WHERE state = 'installed'",
            remedy="finish the upgrade: odoo -u of the module",
        ),
        Question(
            "installed",
            Kind.KEPT,
            "installed modules",
            sql="SELECT 'module ' || name, 'installed' FROM ir_module_module"
            " WHERE state IN ('installed', 'to upgrade', 'to install')",
            remedy="declare the module that the release takes away",
        ),
    ),
)


def _views(catalog: Catalog) -> str:
    """Active views that a person made or changed."""
    changed = " OR v.arch_updated" if catalog.has("ir_ui_view.arch_updated") else ""
    return f"""
    SELECT format('view %s (%s)', v.id, v.name), md5(v.arch_db::text || coalesce(v.inherit_id, 0))
      FROM ir_ui_view v
      LEFT JOIN (SELECT res_id, bool_and(noupdate) AS noupdate FROM ir_model_data
                  WHERE model = 'ir.ui.view' GROUP BY 1) d ON d.res_id = v.id
     WHERE v.active AND (coalesce(d.noupdate, true){changed})"""


VIEWS = Invariant(
    "views",
    "Views that people made or changed are still there and valid",
    (
        Question(
            "valid",
            Kind.HOLDS,
            "is not valid: {value}",
            ask=lambda source: measured_inside(source, "views"),
            is_external=True,
            needs=("ir_ui_view.arch_db",),
            remedy="correct the view, or keep what it refers to",
            essential=True,
        ),
        Question(
            "kept",
            Kind.KEPT,
            "views made or changed by people",
            sql=_views,
            needs=("ir_ui_view.arch_db",),
            remedy="keep what people made: change views of modules only",
        ),
    ),
)

ADMINISTRATION = (ACCESS, CRONS_AND_MODULES, VIEWS)
