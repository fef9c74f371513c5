from . import models


def create_audit_table(env):
    env.cr.execute("CREATE TABLE planted_audit (thing_id integer, said text)")


def drop_audit_table(env):
    env.cr.execute("DROP TABLE planted_audit")
