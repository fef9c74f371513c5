"""Runs inside Odoo: what the database manager does with a zip that somebody uploads."""

from __future__ import annotations


def restore(env, say, name, path):
    from odoo.service.db import restore_db

    say("Odoo restores " + path)
    env.cr.commit()
    restore_db(name, path)
    return True
