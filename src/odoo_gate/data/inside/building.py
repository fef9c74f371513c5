"""Runs inside Odoo: makes the archetype documents of the families whose modules are installed, through the ORM.

Everything is made by one session, one document after the other, so the rows of a document are exactly those whose
ids were given out while it was made. `build` returns these ranges; the cloning outside needs nothing more.
"""

import gc
import random
import types
import uuid
from contextlib import contextmanager
from datetime import date, datetime, timedelta

_ID_SEQUENCES = """
    SELECT t.relname, coalesce(pg_sequence_last_value(s.oid), 0)
      FROM pg_class s
      JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
      JOIN pg_class t ON t.oid = d.refobjid
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND a.attname = 'id'
     WHERE s.relkind = 'S' AND t.relnamespace = current_schema()::regnamespace
"""
_PLAN_QUICKLY = "SET LOCAL join_collapse_limit = 1; SET LOCAL from_collapse_limit = 1"
"""The tables are almost empty: weighing the orders of a join takes longer than any of them."""
_JOB_NUMBERS = "construction.job.number"
_QUIET = {"tracking_disable": False, "mail_notify_force_send": False, "no_reset_password": True}


def build(env, say, families, seed, period_start, jobs_per_company):
    """Make masters, jobs and documents; returns what was made where, as JSON (see `Archetypes` outside)."""
    env = env(context={**env.context, **_QUIET})
    gc.freeze()  # what Odoo loaded stays: no collection has to look at it
    random.seed(seed)  # Odoo draws colours from it
    uuid.uuid4 = lambda: uuid.UUID(int=random.getrandbits(128), version=4)  # and tokens from this; this process ends
    started = _clock(env)
    installed = set(env["ir.module.module"].search([("state", "=", "installed")]).mapped("name"))
    modules = [_load(family) for family in families]
    used = [module for module in modules if _applies(module, installed)]
    world = World(env, say, installed, random.Random(seed), date.fromisoformat(period_start))
    world.set_clock(world.start)
    before = world.last_ids()
    for module in used:
        _call(module, "masters", world)
    world.flush()
    gc.freeze()  # and so do the masters
    env.cr.execute(_PLAN_QUICKLY)
    masters_end = world.last_ids()
    world.make_jobs(jobs_per_company, [module for module in used if hasattr(module, "job")])
    jobs_end = world.last_ids()
    for module in used:
        say("archetypes of " + module.__name__)
        _call(module, "documents", world)
    world.flush()
    return {
        "families": [module.__name__ for module in used],
        "clock": [started, _clock(env)],
        "before": before,
        "masters_end": masters_end,
        "jobs_end": jobs_end,
        "end": world.last_ids(),
        "units": world.units,
    }


def _load(family):
    module = types.ModuleType(family["name"])
    exec(compile(family["source"], family["name"] + ".py", "exec"), module.__dict__)  # shipped, or named in gate.toml
    return module


def _applies(module, installed):
    return set(module.MODULES) <= installed and not installed.intersection(getattr(module, "WITHOUT", ()))


def _call(module, function, world):
    if hasattr(module, function):
        getattr(module, function)(world)


def _clock(env):
    env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
    return env.cr.fetchone()[0].isoformat(sep=" ")


class Company:
    """One company of the group, with what its documents refer to."""

    def __init__(self, world, record):
        self.world = world
        self.record = record
        self.vendors = []
        self.employees = []
        self.products = {}

    @property
    def env(self):
        """An environment that works for this company alone."""
        return self.world.env(context={**self.world.env.context, "allowed_company_ids": self.record.ids})

    def __getitem__(self, model):
        return self.env[model]

    def here(self, record):
        """`record`, seen from this company."""
        return record.with_env(self.env)


class Job:
    """One archetype job. Its rows are cloned on their own; the documents of the job spread over the clones."""

    def __init__(self, company, number, unit):
        self.company = company
        self.number = number
        self.unit = unit
        self.customer = self.project = self.account = None

    @property
    def distribution(self):
        """The analytic distribution that books everything on the job; False without analytic accounts."""
        return {str(self.account.id): 100} if self.account else False

    def distribution_by(self, number):
        """The same for what is bought: on the job, and on one of the kinds of cost where there is a plan of them."""
        kinds = self.company.world.cost_kinds
        if not self.account or not kinds:
            return self.distribution
        return {"%d,%d" % (self.account.id, kinds[number % len(kinds)].id): 100}


class World:
    """What the families share: companies, jobs, a seeded random, and the days documents are made at."""

    group = (("Bouwgroep Noord B.V.", "EUR", "base.nl"), ("Northern Construction Ltd", "GBP", "base.uk"))
    """The companies beside the one that is there: name, currency, country."""

    def __init__(self, env, say, installed, rng, start):
        self.env = env
        self.say = say
        self.installed = installed
        self.random = rng
        self.start = start
        self.companies = []
        self.jobs = []
        self.cost_kinds = []
        self.units = []

    def has(self, *modules):
        """Whether all these modules are installed."""
        return set(modules) <= self.installed

    def day(self, days):
        """A date `days` after the one all archetypes start at."""
        return self.start + timedelta(days=days)

    def moment(self, days, hour=9):
        """The same day at an hour, without time zone, as Odoo stores it."""
        return datetime.combine(self.day(days), datetime.min.time()) + timedelta(hours=hour)

    def open_companies(self, records):
        """Make `records` the companies that jobs and documents are made in."""
        self.env.user.write({"company_ids": [(4, record.id) for record in records]})
        self.env = self.env(context={**self.env.context, "allowed_company_ids": [record.id for record in records]})
        self.companies = [Company(self, record) for record in records]

    def number_jobs(self):
        """Give the jobs a sequence to take their numbers from."""
        self.env["ir.sequence"].create(
            {"name": "Job Number", "code": _JOB_NUMBERS, "prefix": "J", "padding": 5, "company_id": False}
        )

    def set_clock(self, day):
        """Let Odoo write `day` as the time of creation. What it takes from elsewhere is corrected afterwards."""
        self.env.cr._now = datetime.combine(day, datetime.min.time()) + timedelta(hours=9)

    def last_ids(self):
        """The last id given out, by table."""
        self.env.cr.execute(_ID_SEQUENCES)
        return dict(self.env.cr.fetchall())

    def forget(self):
        """Write everything to the database and forget it, so that every document starts alike.

        What waits for the commit is done too, as at the end of a request: it would keep alive every environment it
        was registered in, and Odoo walks all that are alive whenever it makes one.
        """
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.flush_all()
        self.env.invalidate_all()

    def flush(self):
        """Do so after a document, and let go of what it left in memory."""
        self.forget()
        gc.collect()  # environments die in cycles

    @contextmanager
    def document(self, kind, *, job=None, day=0, spacing="free", scalable=True):
        """What the block makes is one document: it is cloned as a whole.

        `job` is the one it belongs to; `day` that of its first date. `spacing` "weekly" gives every clone a week
        of its own (an attendance cannot overlap another). `scalable`: amounts and quantities may be multiplied.
        """
        with self._unit(kind, job.unit if job else None, day, spacing, scalable):
            yield

    def make_jobs(self, per_company, families):
        """The archetype jobs: each family adds its part."""
        for company in self.companies:
            for _ in range(per_company):
                with self._unit("job", None, 0, "start", False) as unit:
                    number = self.env["ir.sequence"].next_by_code(_JOB_NUMBERS)
                    job = Job(company, number, unit)
                    for family in families:
                        family.job(self, job)
                self.jobs.append(job)

    @contextmanager
    def _unit(self, kind, job, day, spacing, scalable):
        self.forget()
        first, sequences = self.last_ids(), self._sequence_numbers()
        outer, anchor = self.env, self.day(day)
        self.set_clock(anchor)
        self.env = outer(context={**outer.context, "ir_sequence_date": anchor.isoformat()})
        unit = len(self.units)
        facts = {"kind": kind, "job": job, "anchor": anchor.isoformat(), "spacing": spacing, "scalable": scalable}
        self.units.append(facts)
        yield unit
        self.flush()
        last = self.last_ids()
        facts["ranges"] = {
            table: [first.get(table, 0), end] for table, end in last.items() if end > first.get(table, 0)
        }
        facts["numbers"] = self._numbers_since(sequences)
        self.env = outer

    def _sequence_numbers(self):
        """The next number of every ir.sequence without date ranges."""
        self.env.cr.execute(
            "SELECT i.id, CASE WHEN i.implementation = 'no_gap' THEN i.number_next - i.number_increment"
            " ELSE coalesce(pg_sequence_last_value(s.oid), i.number_next - i.number_increment) END"
            " FROM ir_sequence i LEFT JOIN pg_class s ON s.relkind = 'S'"
            " AND s.relname = 'ir_sequence_' || lpad(i.id::text, 3, '0') WHERE i.use_date_range IS NOT TRUE"
        )
        return dict(self.env.cr.fetchall())

    def _numbers_since(self, before):
        """[ir.sequence, number, text, template] of every number an ir.sequence gave out since."""
        found = []
        for sequence_id, last in self._sequence_numbers().items():
            first = before.get(sequence_id)
            if first is None or last <= first:
                continue
            sequence = self.env["ir.sequence"].browse(sequence_id)
            template = {"prefix": sequence.prefix or "", "suffix": sequence.suffix or "", "padding": sequence.padding}
            step = sequence.number_increment
            for number in range(int(first) + step, int(last) + 1, step):
                found.append([sequence_id, number, sequence.get_next_char(number), template])
        return found
