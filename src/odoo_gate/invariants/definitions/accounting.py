"""The ledger: balances, moves, the hash chain, residuals, numbering, analytic entries."""

from __future__ import annotations

import re

from odoo_gate.invariants.catalog import Catalog, ident
from odoo_gate.invariants.definitions.dialect import account_code, measured_inside, union
from odoo_gate.invariants.model import Kind
from odoo_gate.invariants.question import Absent, Answer, Invariant, Question, Row, Source

_LINES = ("account_move_line.parent_state", "account_move_line.balance", "account_move_line.company_id")
_POSTED_LINES = "account_move_line WHERE parent_state = 'posted' AND account_id IS NOT NULL"
_MOVE = "format('company %s, %s (id %s)', m.company_id, coalesce(m.name, '/'), m.id)"


def _trial_balance(catalog: Catalog) -> str:
    code, joins = account_code(catalog, "t.account_id", "t.company_id")
    return f"""
    SELECT format('company %s, account %s, %s', t.company_id, {code}, coalesce(u.name, 'no currency')),
           sum(t.balance) AS balance, sum(t.amount_currency) AS amount_currency, sum(t.lines) AS lines
      FROM (SELECT company_id, account_id, currency_id, sum(balance) AS balance,
                   sum(amount_currency) AS amount_currency, count(*) AS lines
              FROM {_POSTED_LINES} GROUP BY 1, 2, 3) t
      {joins} LEFT JOIN res_currency u ON u.id = t.currency_id
     GROUP BY 1"""


_ROWS = f"""
    SELECT id, concat_ws(' ', move_name, 'account', account_id, 'balance', balance, 'in currency', amount_currency)
      FROM {_POSTED_LINES}"""

TRIAL_BALANCE = Invariant(
    "trial-balance",
    "The trial balance is the same: balance, amount in currency and number of posted lines",
    (
        Question(
            "balances",
            Kind.EQUAL,
            "posted journal items by company, account and currency",
            sql=_trial_balance,
            needs=_LINES,
            table="account_move_line",
            rows=_ROWS,
            remedy="find what the migration did to these journal items; declare the change if it is meant",
        ),
    ),
)

MOVES_BALANCED = Invariant(
    "moves-balanced",
    "Every posted move is balanced",
    (
        Question(
            "sum",
            Kind.HOLDS,
            "is out of balance by {value}",
            sql=f"""
            SELECT {_MOVE}, t.sum
              FROM (SELECT move_id, sum(balance) AS sum FROM account_move_line
                     WHERE parent_state = 'posted' GROUP BY 1 HAVING sum(balance) <> 0) t
              JOIN account_move m ON m.id = t.move_id
              JOIN res_company c ON c.id = m.company_id
              JOIN res_currency u ON u.id = c.currency_id
             WHERE round(t.sum, coalesce(u.decimal_places, 2)) <> 0""",
            needs=_LINES,
            examined="account_move WHERE state = 'posted'",
            remedy="correct the journal items of the move so that they sum to zero",
        ),
        Question(
            "debit-credit",
            Kind.HOLDS,
            "has a balance of {value}, which is not its debit less its credit",
            sql=f"""
            SELECT format('%s line %s', {_MOVE}, l.id), l.balance
              FROM account_move_line l JOIN account_move m ON m.id = l.move_id
             WHERE l.parent_state = 'posted' AND l.balance <> l.debit - l.credit
               AND round(l.balance, 4) <> round(l.debit - l.credit, 4)""",
            needs=(*_LINES, "account_move_line.debit", "account_move_line.credit"),
            examined="account_move_line WHERE parent_state = 'posted'",
            remedy="change debit, credit and balance of a journal item together",
        ),
        Question(
            "state",
            Kind.HOLDS,
            "has journal items whose stored state is {value}",
            sql=f"""
            SELECT {_MOVE}, min(coalesce(l.parent_state, 'empty'))
              FROM account_move_line l JOIN account_move m ON m.id = l.move_id
             WHERE l.parent_state IS DISTINCT FROM m.state GROUP BY m.id""",
            needs=_LINES,
            examined="account_move",
            remedy="recompute parent_state of these journal items",
        ),
    ),
)

HASH_CHAIN = Invariant(
    "hash-chain",
    "The inalterable hash chain is intact",
    (
        Question(
            "chain",
            Kind.EQUAL,
            "hashed moves by journal and prefix",
            sql="""
            SELECT format('company %s, journal %s, prefix %s', m.company_id, m.journal_id, m.sequence_prefix),
                   count(*) AS moves, max(m.sequence_number) AS last_number,
                   sum(hashtextextended(concat_ws('|', m.id, m.inalterable_hash), 0)) AS hashes,
                   sum(hashtextextended(concat_ws('|', m.id, m.name, m.date, m.journal_id, m.company_id), 0)) AS heads
              FROM account_move m WHERE m.inalterable_hash IS NOT NULL
             GROUP BY m.company_id, m.journal_id, m.sequence_prefix""",
            needs=("account_move.inalterable_hash", "account_move.sequence_prefix"),
            table="account_move",
            rows="""
            SELECT id, concat_ws(' ', name, date, inalterable_hash)
              FROM account_move WHERE inalterable_hash IS NOT NULL""",
            remedy="leave hashed moves alone: the law forbids to change them, and Odoo's integrity report finds it",
        ),
        Question(
            "hashed-lines",
            Kind.EQUAL,
            "what is hashed of the lines of hashed moves",
            sql="""
            SELECT format('company %s, journal %s', m.company_id, m.journal_id),
                   sum(hashtextextended(concat_ws('|', l.id, l.name, l.account_id, l.partner_id,
                       trim_scale(l.debit), trim_scale(l.credit)), 0)) AS lines
              FROM account_move_line l JOIN account_move m ON m.id = l.move_id
             WHERE m.inalterable_hash IS NOT NULL GROUP BY m.company_id, m.journal_id""",
            needs=("account_move.inalterable_hash", *_LINES),
            remedy="leave the lines of hashed moves alone",
        ),
        Question(
            "integrity",
            Kind.HOLDS,
            "does not have the hash it was given: {value}",
            ask=lambda source: measured_inside(source, "hash-integrity"),
            is_external=True,
            needs=("account_move.inalterable_hash",),
            remedy="restore the move as it was hashed",
        ),
    ),
)


_RESIDUALS = f"""
    SELECT format('%s line %s', {_MOVE}, l.id),
           format('residual %s, and %s in currency, where balance less reconciliations is %s and %s',
                  trim_scale(l.amount_residual), trim_scale(l.amount_residual_currency),
                  trim_scale(round(l.balance - coalesce(d.amount, 0) + coalesce(c.amount, 0), cc.decimal_places)),
                  trim_scale(round(l.amount_currency - coalesce(d.currency, 0) + coalesce(c.currency, 0),
                                   lc.decimal_places)))
      FROM account_move_line l
      JOIN account_account a ON a.id = l.account_id
      JOIN account_move m ON m.id = l.move_id
      JOIN res_company o ON o.id = l.company_id
      JOIN res_currency cc ON cc.id = o.currency_id
      LEFT JOIN res_currency lc ON lc.id = coalesce(l.currency_id, o.currency_id)
      LEFT JOIN (SELECT debit_move_id AS id, sum(amount) AS amount, sum(debit_amount_currency) AS currency
                   FROM account_partial_reconcile GROUP BY 1) d ON d.id = l.id
      LEFT JOIN (SELECT credit_move_id AS id, sum(amount) AS amount, sum(credit_amount_currency) AS currency
                   FROM account_partial_reconcile GROUP BY 1) c ON c.id = l.id
     WHERE a.reconcile AND l.parent_state = 'posted'
       AND (round(l.balance - coalesce(d.amount, 0) + coalesce(c.amount, 0) - coalesce(l.amount_residual, 0),
                  cc.decimal_places) <> 0
         OR round(l.amount_currency - coalesce(d.currency, 0) + coalesce(c.currency, 0)
                  - coalesce(l.amount_residual_currency, 0), lc.decimal_places) <> 0)"""


def _open_amounts(catalog: Catalog) -> str:
    code, joins = account_code(catalog, "t.account_id", "t.company_id")
    return f"""
    SELECT format('company %s, account %s', t.company_id, {code}), sum(t.residual) AS residual, sum(t.lines) AS lines
      FROM (SELECT company_id, account_id, sum(amount_residual) AS residual, count(*) AS lines
              FROM account_move_line
             WHERE parent_state = 'posted' AND amount_residual <> 0 GROUP BY 1, 2) t
      {joins} GROUP BY 1"""


RESIDUALS = Invariant(
    "residuals",
    "What is open is the balance less what was reconciled, and as much as before",
    (
        Question(
            "residual",
            Kind.HOLDS,
            "has {value}",
            sql=_RESIDUALS,
            needs=("account_partial_reconcile.debit_amount_currency", *_LINES),
            examined="account_move_line l JOIN account_account a ON a.id = l.account_id"
            " WHERE a.reconcile AND l.parent_state = 'posted'",
            remedy="recompute amount_residual and amount_residual_currency, or restore the partial reconciliations",
        ),
        Question(
            "open",
            Kind.EQUAL,
            "open amounts by company and account",
            sql=_open_amounts,
            needs=_LINES,
            remedy="find the reconciliations that were lost or made",
        ),
        Question(
            "partials",
            Kind.EQUAL,
            "partial reconciliations by company",
            sql="""
            SELECT format('company %s', company_id), count(*) AS partials, sum(amount) AS amount
              FROM account_partial_reconcile GROUP BY company_id""",
            needs=("account_partial_reconcile.company_id",),
            table="account_partial_reconcile",
            rows="""
            SELECT id, concat_ws(' ', 'debit line', debit_move_id, 'credit line', credit_move_id, amount)
              FROM account_partial_reconcile""",
            remedy="restore the partial reconciliations",
        ),
    ),
)

_NUMBERED = "account_move WHERE state = 'posted' AND sequence_number > 0 AND name <> '/'"

JOURNAL_SEQUENCES = Invariant(
    "journal-sequences",
    "Numbers of posted moves: as many as before, none twice, no new gap",
    (
        Question(
            "numbers",
            Kind.EQUAL,
            "numbers used by journal and prefix",
            sql=f"""
            SELECT format('company %s, journal %s, prefix %s', company_id, journal_id, sequence_prefix),
                   count(*) AS moves, max(sequence_number) AS last_number
              FROM {_NUMBERED} GROUP BY company_id, journal_id, sequence_prefix""",
            needs=("account_move.sequence_prefix",),
            table="account_move",
            rows=f"SELECT id, concat_ws(' ', name, 'journal', journal_id) FROM {_NUMBERED}",
            remedy="give the moves their numbers back",
        ),
        Question(
            "duplicates",
            Kind.HOLDS,
            "is the number of {value} posted moves",
            sql="""
            SELECT format('company %s, journal %s, %s', company_id, journal_id, name), count(*)
              FROM account_move
             WHERE state = 'posted' AND name <> '/' AND move_type NOT IN ('in_invoice', 'in_refund', 'in_receipt')
             GROUP BY company_id, journal_id, name HAVING count(*) > 1""",
            needs=("account_move.move_type",),
            examined="account_move WHERE state = 'posted' AND name <> '/'",
            remedy="renumber all but one of them",
        ),
        Question(
            "gaps",
            Kind.NEVER_WORSE,
            "lacks {value} numbers",
            sql=f"""
            SELECT format('company %s, journal %s, prefix %s, after %s',
                          company_id, journal_id, sequence_prefix, previous), sequence_number - previous - 1
              FROM (SELECT company_id, journal_id, sequence_prefix, sequence_number,
                           lag(sequence_number) OVER (PARTITION BY journal_id, sequence_prefix
                                                      ORDER BY sequence_number) AS previous
                      FROM {_NUMBERED}) t
             WHERE sequence_number - previous > 1""",
            needs=("account_move.sequence_prefix",),
            examined=_NUMBERED,
            remedy="find the posted moves that were deleted or renumbered",
        ),
    ),
)

_PLAN_COLUMN = re.compile(r"^(account_id|x_plan\d+_id)$")


def _analytic(catalog: Catalog) -> str:
    columns = sorted(name for name in catalog.tables["account_analytic_line"] if _PLAN_COLUMN.match(name))
    return union(
        f"""
        SELECT format('company %s, plan column {column}, account %s', company_id, {column}),
               sum(amount) AS amount, sum(unit_amount::numeric) AS quantity, count(*) AS lines
          FROM account_analytic_line WHERE {column} IS NOT NULL GROUP BY company_id, {column}"""
        for column in columns
    )


def _lost_distribution_keys(source: Source) -> Answer | Absent:
    tables = [table for table in source.catalog.tables if source.catalog.type_of(f"{table}.analytic_distribution")]
    if not tables:
        return Absent("the database has no analytic_distribution: the series keeps analytic accounts on the lines")
    rows: list[Row] = []
    examined = 0
    for table in sorted(tables):
        examined += source.number(f"SELECT count(*) FROM {ident(table)} WHERE analytic_distribution IS NOT NULL")
        rows.extend(
            source.fetch(
                f"""
                SELECT format('{table}.analytic_distribution %s', key), t.lines
                  FROM (SELECT k.key, count(*) AS lines
                          FROM {ident(table)} CROSS JOIN LATERAL jsonb_object_keys(analytic_distribution) k(key)
                         WHERE jsonb_typeof(analytic_distribution) = 'object' GROUP BY 1) t
                 WHERE EXISTS (SELECT FROM unnest(string_to_array(t.key, ',')) i(id)
                                WHERE i.id !~ '^[0-9]+$'
                                   OR NOT EXISTS (SELECT FROM account_analytic_account a WHERE a.id::text = i.id))"""
            )
        )
    return Answer(rows, ["lines"], examined)


ANALYTIC = Invariant(
    "analytic",
    "Analytic lines by account, plan and company are the same; distributions name accounts that exist",
    (
        Question(
            "lines",
            Kind.EQUAL,
            "analytic lines by company, plan and account",
            sql=_analytic,
            needs=("account_analytic_line.amount", "account_analytic_line.account_id"),
            table="account_analytic_line",
            rows="SELECT id, concat_ws(' ', date, amount, unit_amount) FROM account_analytic_line",
            remedy="find what the migration did to these analytic lines",
        ),
        Question(
            "distribution-keys",
            Kind.HOLDS,
            "names an analytic account that does not exist, on {value} records",
            ask=_lost_distribution_keys,
            needs=("account_analytic_account",),
            remedy="map the distribution to accounts that exist",
        ),
    ),
)

ACCOUNTING = (TRIAL_BALANCE, MOVES_BALANCED, HASH_CHAIN, RESIDUALS, JOURNAL_SEQUENCES, ANALYTIC)
