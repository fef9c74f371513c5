from . import models


def create_audit_table(env):
    env.cr.execute("CREATE TABLE IF NOT EXISTS planted_audit (thing_id integer, said text)")
