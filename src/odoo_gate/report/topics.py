"""Which checks answer which question of the business, and how their figures read as sentences."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a passed check has shown; `{name}` is its metric, with `_` for `-`.

    It is said only when the metric `examined` is there and not zero; else `empty` is what there was nothing of.
    """

    check: str
    words: str
    examined: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A question of the business and the patterns of the checks that answer it."""

    title: str
    question: str
    checks: tuple[str, ...]
    sentences: tuple[Sentence, ...] = ()

    def covers(self, check: str) -> bool:
        """Whether `check`, an id or a pattern of the policy, is of this topic."""
        return any(fnmatchcase(check, each) for each in self.checks)


def _kept(check: str, words: str, empty: str) -> Sentence:
    return Sentence(f"migration.{check}", words, "examined", empty)


def _survived(drill: str, what: str) -> Sentence:
    return Sentence(
        f"resilience.{drill}",
        f"Work went on {{recovery_seconds}} after {what}; {{acknowledged_done}} documents looked for, none lost.",
        "acknowledged_done",
    )


TOPICS = (
    Topic(
        "Books and month-end",
        "Are the books the same to the cent after the upgrade?",
        (
            *("migration.trial-balance", "migration.moves-balanced", "migration.residuals", "migration.analytic"),
            *("migration.journal-sequences", "migration.hash-chain", "migration.sequences", "books.*"),
        ),
        (
            _kept(
                "trial-balance", "The trial balance agrees to the cent: {examined} balances compared.", "trial balance"
            ),
            _kept("moves-balanced", "Every journal entry balances: {examined} examined.", "journal entries"),
            _kept("residuals", "What is unpaid is unchanged: {examined} open amounts compared.", "open amounts"),
            _kept("analytic", "Job costs are unchanged: {examined} analytic figures compared.", "analytic lines"),
            _kept("journal-sequences", "No invoice number is lost or doubled: {examined} compared.", "numbers"),
            _kept("hash-chain", "The sealed books stay sealed: {examined} entries.", "sealed entries (hash chain)"),
        ),
    ),
    Topic(
        "Payroll and hours",
        "Are hours kept, and is the payroll file as agreed?",
        ("migration.timesheets", "contracts.files"),
        (
            _kept(
                "timesheets",
                "Hours are unchanged: {examined} figures by employee, job and month compared.",
                "timesheets",
            ),
            Sentence(
                "contracts.files",
                "Files for other systems are as agreed: {contracts} of them made and read.",
                "contracts",
            ),
        ),
    ),
    Topic(
        "Billing, retention and purchasing",
        "Are retention, orders, stock and documents as they were?",
        (
            *("migration.purchase-orders", "migration.retention", "migration.quants", "migration.valuation"),
            "migration.attachments",
        ),
        (
            _kept("retention", "Retention held is unchanged: {examined} amounts compared.", "retention"),
            _kept("purchase-orders", "Orders are unchanged: {examined} compared.", "purchase orders"),
            _kept("quants", "Stock on hand is unchanged: {examined} quantities.", "stock"),
            _kept("valuation", "Stock value is unchanged: {examined} values.", "stock valuation"),
            _kept("attachments", "Documents are all there: {examined} files compared byte by byte.", "attachments"),
        ),
    ),
    Topic(
        "Upgrade night",
        "Does the upgrade work, how long is Odoo away, and is there a way back?",
        (
            *("migration.scripts", "migration.upgrade", "migration.downtime", "migration.locks", "migration.twice"),
            *("migration.aborted", "migration.both-serve", "migration.schema", "migration.schema-drift"),
        ),
        (
            Sentence("migration.upgrade", "Rehearsed on {rows} rows; the upgrade took {upgrade}.", "rows"),
            Sentence("migration.downtime", "Users waited {downtime} at most; measured in {rounds} rounds.", "rounds"),
            Sentence("migration.locks", "No table was out of reach for longer than {longest_hold}.", "samples"),
            Sentence("migration.twice", "A second upgrade changes nothing.", ""),
            Sentence("migration.aborted", "Killed half-way, it was taken back in {restore}.", ""),
        ),
    ),
    Topic(
        "Backup and restore",
        "If production is lost, is it back in time?",
        ("recovery.*",),
        (
            Sentence(
                "recovery.rto",
                "People could work again {rto_seconds} after the disaster ({rto_objective_seconds} allowed).",
                "rto_seconds",
            ),
            Sentence(
                "recovery.rpo",
                "Work of {rpo_seconds} would be lost ({rpo_objective_seconds} allowed); {writes} writes watched.",
                "writes",
            ),
            Sentence("recovery.attachments", "{attachments} files came back byte by byte.", "attachments"),
            Sentence("recovery.invariants", "{invariants} facts of the books agree after the restore.", "invariants"),
            Sentence(
                "recovery.point-in-time", "A chosen moment was recovered in {recovery_seconds}.", "recovery_seconds"
            ),
            Sentence("recovery.rollback", "The release can be taken back in {rollback_seconds}.", "rollback_seconds"),
        ),
    ),
    Topic(
        "Who may see and do what",
        "Does everybody see and do what they should, and no more?",
        (
            "security.rights",
            "security.fields",
            "security.methods",
            "security.duties",
            "security.portal",
            "tenancy.*",
            "migration.access",
        ),
        (
            Sentence("security.rights", "{rights} rights of {roles} roles on {models} models are as agreed.", "rights"),
            Sentence(
                "security.portal",
                "{documents} documents tried from outside by those they do not belong to.",
                "documents",
            ),
            Sentence(
                "tenancy.isolation", "{tried} attempts to reach another company's data, none got through.", "tried"
            ),
            _kept("access", "Rights before and after the upgrade compared: {examined}.", "rights"),
        ),
    ),
    Topic(
        "What other systems rely on",
        "Do the systems around Odoo find what was agreed?",
        (
            "contracts.api",
            "contracts.rights",
            "contracts.latency",
            "contracts.bi",
            "contracts.calls",
            "contracts.faults",
            "contracts.webhooks",
            "contracts.documents",
            "contracts.exercised",
        ),
        (
            Sentence(
                "contracts.exercised",
                "{interactions} interactions of {contracts} contracts really happened.",
                "interactions",
            ),
            Sentence(
                "contracts.faults",
                "{scenarios} faults on the way doubled nothing and lost nothing unseen.",
                "scenarios",
            ),
        ),
    ),
    Topic(
        "Everyone at work",
        "Is it fast enough at month-end, on payroll day, before a tender?",
        ("load.*",),
        (
            Sentence("load.results", "{kept} of {intents} documents entered at the peaks are there, once.", "intents"),
            Sentence("load.objectives", "Of all that people did at the peaks, the slowest took {slowest}.", "slowest"),
            Sentence(
                "load.headroom", "Raised until they broke, peaks hold at least {least_held} what is declared.", "raised"
            ),
            Sentence("load.queries", "{compared} kinds of work ask no more of the database than before.", "compared"),
        ),
    ),
    Topic(
        "When something dies",
        "Does work survive a database, Redis or server that dies?",
        ("resilience.*",),
        (
            _survived("worker-kill", "a process of Odoo died"),
            _survived("odoo-kill", "Odoo itself died"),
            _survived("database-restart", "the database was restarted"),
            _survived("database-crash", "the database died"),
            _survived("redis-loss", "Redis was lost with its sessions"),
            _survived("ingress-restart", "the proxy was restarted"),
        ),
    ),
    Topic(
        "Holes and secrets",
        "Are known holes, leaked secrets and open doors absent?",
        (
            "security.code",
            "security.lint",
            "security.secrets",
            "security.dependencies",
            "security.sbom",
            "security.images",
            "security.deployment",
            "security.ingress",
            "security.sessions",
        ),
        (
            Sentence("security.dependencies", "{audited} packages held against {advisories} known holes.", "audited"),
            Sentence("security.secrets", "{files} files searched for secrets.", "files"),
            Sentence(
                "security.ingress",
                "After {logins_before_refusal} failed logins the door is shut.",
                "logins_before_refusal",
            ),
        ),
    ),
    Topic("Same as production", "Is what was tested what production runs?", ("parity.*",)),
)
