"""Companies of the group with their currencies and accounts; invoices, bills, payments, bank lines, entries."""

from odoo.fields import Command

MODULES = ("account",)

RATES = {"USD": 1.0, "EUR": 0.8, "GBP": 0.5}
"""Book rates of the group, the same on every day: a clone on another day is worth the same."""


def masters(world):
    _set_rates(world)
    world.number_jobs()
    world.open_companies([world.env.company, *(_new_company(world, *facts) for facts in world.group)])
    for number, company in enumerate(world.companies, 1):
        _furnish(world, company, number)


def _set_rates(world):
    rates = world.env["res.currency.rate"].search([])
    rates.unlink()
    for code, rate in RATES.items():
        currency = world.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
        currency.active = True
        world.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2010-01-01", "rate": rate, "company_id": False}
        )


def _new_company(world, name, code, country):
    currency = world.env["res.currency"].search([("name", "=", code)])
    company = world.env["res.company"].create({"name": name, "currency_id": currency.id})
    world.env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    # a new country makes Odoo install its localisation, which the release did not ask for
    company.with_context(chart_template_load=True).write(
        {"currency_id": currency.id, "country_id": world.env.ref(country).id}
    )
    return company


def _furnish(world, company, number):
    """Outstanding accounts, partners and services of a company."""
    record = company.record
    if not record.chart_template:
        world.env["account.chart.template"].try_loading("generic_coa", record, install_demo=False)
    company.bank = company["account.journal"].search([("type", "=", "bank"), ("company_id", "=", record.id)], limit=1)
    outstanding = company["account.account"].create(
        {"name": "Payments under way", "code": "101499", "account_type": "asset_current", "reconcile": True}
    )
    lines = company.bank.inbound_payment_method_line_ids + company.bank.outbound_payment_method_line_ids
    lines.payment_account_id = outstanding
    company.currency = record.currency_id
    company.foreign = world.env["res.currency"].search(
        [("name", "in", list(RATES)), ("id", "!=", record.currency_id.id)], order="name", limit=1
    )
    company.vendors = company["res.partner"].create(
        [
            {
                "name": name + " " + str(number),
                "is_company": True,
                "supplier_rank": 1,
                "email": "office%d%d@supplier.example" % (number, each),
                "phone": "+31 20 555 %02d%02d" % (number, each),
                "street": "Dock %d" % each,
                "city": "Rotterdam",
                "vat": False,
            }
            for each, name in enumerate(("Staal & Co", "Betoncentrale", "Installaties West", "Timmerwerken Oost"))
        ]
    )
    company.products = {
        name: company["product.product"].create(
            {"name": name, "type": "service", "list_price": price, "standard_price": price / 2, "company_id": record.id}
        )
        for name, price in (("Building work", 4000.0), ("Scaffolding", 400.0), ("Design", 1000.0))
    }


def job(_world, job):
    company = job.company
    job.customer = company["res.partner"].create(
        {
            "name": "Client of " + job.number,
            "is_company": True,
            "customer_rank": 1,
            "email": "office@client.example",
            "street": "Main Street 1",
            "city": "Utrecht",
        }
    )


def documents(world):
    for number, job in enumerate(world.jobs):
        amount = 4000.0 * (1 + number % 3)
        _invoice_half_paid(world, job, amount)
        _invoice_paid_by_bank(world, job, amount * 2)
        _bill_paid(world, job, amount)
        if number % 2 == 0:
            _invoice_open(world, job, amount)
            _bill_in_foreign_currency(world, job, amount)
            _accruals(world, job, amount)
            _bill_paid_at_another_rate(world, job, amount)
        else:
            _invoice_and_credit_note(world, job, amount)
            _bill_draft(world, job, amount)


def invoice_values(job, move_type, partner, day, amounts, **values):
    """The values of an invoice or bill of a job, a line an amount, taxes as the company has them."""
    products, sold = list(job.company.products.values()), move_type.startswith("out_")
    return {
        "move_type": move_type,
        "partner_id": partner.id,
        "invoice_date": day,
        "date": day,
        "company_id": job.company.record.id,
        "invoice_line_ids": [
            Command.create(
                {
                    "product_id": products[index % len(products)].id,
                    "quantity": 1 + index,
                    "price_unit": amount,
                    "name": "Term %d of %s" % (index + 1, job.number),
                    "analytic_distribution": job.distribution if sold else job.distribution_by(index),
                }
            )
            for index, amount in enumerate(amounts)
        ],
        **values,
    }


def _new(world, job, move_type, partner, day, amounts, **values):
    if world.has("construction_retention") and job.project:
        values = {"retention_project_id": job.project.id, "retention_percent": 5.0, **values}
    return job.company["account.move"].create(
        invoice_values(job, move_type, partner, world.day(day), amounts, **values)
    )


def pay(world, moves, day, amount=None):
    """Register a payment of posted documents, of all that is open unless an amount is given."""
    values = {"payment_date": world.day(day)}
    if amount is not None:
        values["amount"] = amount
    company = moves.company_id
    wizard = moves.env["account.payment.register"].with_context(
        active_model="account.move", active_ids=moves.ids, allowed_company_ids=company.ids
    )
    return wizard.create(values)._create_payments()


def _bank_line(world, job, day, amount, partner, line, **values):
    """A bank statement line, matched with the open journal item `line`."""
    statement_line = job.company["account.bank.statement.line"].create(
        {
            "journal_id": job.company.bank.id,
            "date": world.day(day),
            "amount": amount,
            "partner_id": partner.id,
            "payment_ref": "Transfer " + (line.move_id.name or ""),
            **values,
        }
    )
    _liquidity, suspense, _other = statement_line._seek_for_lines()
    suspense.with_context(skip_readonly_check=True).account_id = line.account_id
    (suspense + line).reconcile()


def _attach(world, job, record, name, size):
    """A document of `size` bytes: seeded noise, which no compression makes smaller than a scan would be."""
    job.company["ir.attachment"].create(
        {
            "name": name,
            "raw": b"%PDF-1.4\n" + world.random.randbytes(size),
            "mimetype": "application/pdf",
            "res_model": record._name,
            "res_id": record.id,
        }
    )


def _terms(move):
    return move.line_ids.filtered(lambda line: line.display_type == "payment_term" and not line.reconciled)


def _invoice_half_paid(world, job, amount):
    with world.document("customer-invoice-part-paid", job=job, day=0):
        move = _new(world, job, "out_invoice", job.customer, 0, [amount, amount / 2])
        move.action_post()
        pay(world, move, 20, amount)
        move.message_post(body="Sent to the client with the photographs of the site.")


def _invoice_paid_by_bank(world, job, amount):
    with world.document("customer-invoice-paid", job=job, day=1):
        move = _new(world, job, "out_invoice", job.customer, 1, [amount, amount / 4, 400.0])
        move.action_post()
        line = _terms(move)
        _bank_line(world, job, 28, line.amount_residual, job.customer, line)
        _attach(world, job, move, "progress.pdf", world.random.choice((40_000, 90_000, 250_000)))


def _invoice_open(world, job, amount):
    with world.document("customer-invoice-open", job=job, day=2):
        _new(world, job, "out_invoice", job.customer, 2, [amount]).action_post()


def _invoice_and_credit_note(world, job, amount):
    with world.document("customer-credit-note", job=job, day=3):
        move = _new(world, job, "out_invoice", job.customer, 3, [amount, 800.0])
        move.action_post()
        wizard = job.company["account.move.reversal"].with_context(active_model="account.move", active_ids=move.ids)
        reversal = wizard.create(
            {"date": world.day(10), "reason": "Work not accepted", "journal_id": move.journal_id.id}
        )
        credit = job.company["account.move"].browse(reversal.refund_moves()["res_id"])
        credit.invoice_date = world.day(10)
        credit.action_post()


def _bill_paid(world, job, amount):
    vendor = world.random.choice(job.company.vendors)
    with world.document("vendor-bill-paid", job=job, day=4):
        move = _new(world, job, "in_invoice", vendor, 4, [amount, 200.0], ref="Bill of " + job.number)
        move.action_post()
        payment = pay(world, move, 34)
        _attach(world, job, move, "bill.pdf", world.random.choice((20_000, 60_000, 120_000)))
        liquid = payment.move_id.line_ids.filtered(lambda line: line.account_id == payment.outstanding_account_id)
        _bank_line(world, job, 36, -payment.amount, vendor, liquid)


def _bill_draft(world, job, amount):
    with world.document("vendor-bill-draft", job=job, day=5):
        _new(world, job, "in_invoice", world.random.choice(job.company.vendors), 5, [amount])


def _bill_in_foreign_currency(world, job, amount):
    with world.document("vendor-bill-foreign", job=job, day=6):
        move = _new(
            world, job, "in_invoice", world.random.choice(job.company.vendors), 6, [amount, 8000.0],
            currency_id=job.company.foreign.id, ref="Abroad " + job.number,
        )  # fmt: skip
        move.action_post()
        pay(world, move, 30, 4000.0)


def _bill_paid_at_another_rate(world, job, amount):
    """The bank took five in a hundred more than was booked: Odoo books the exchange difference."""
    vendor, foreign = world.random.choice(job.company.vendors), job.company.foreign
    with world.document("vendor-bill-exchange", job=job, day=7):
        move = _new(world, job, "in_invoice", vendor, 7, [amount], currency_id=foreign.id, ref="Rate " + job.number)
        move.action_post()
        line = _terms(move)
        taken = job.company.currency.round(line.amount_residual * 1.05)
        _bank_line(
            world, job, 37, taken, vendor, line,
            foreign_currency_id=foreign.id, amount_currency=line.amount_residual_currency,
        )  # fmt: skip


def _accruals(world, job, amount):
    company = job.company
    accounts = company["account.account"].search(
        [("company_ids", "in", company.record.ids), ("account_type", "in", ("expense", "expense_direct_cost"))], limit=4
    )
    payable = company["account.account"].search(
        [("company_ids", "in", company.record.ids), ("account_type", "=", "liability_current")], limit=1
    )
    lines = [
        values
        for index in range(8)
        for values in (
            {"account_id": accounts[index % len(accounts)].id, "debit": amount, "name": "Accrual %d" % index,
             "analytic_distribution": job.distribution_by(index)},
            {"account_id": payable.id, "credit": amount, "name": "Accrual %d" % index},
        )
    ]  # fmt: skip
    with world.document("accruals", job=job, day=25):
        company["account.move"].create(
            {"move_type": "entry", "date": world.day(25), "ref": "Work in progress " + job.number,
             "line_ids": [Command.create(values) for values in lines]}
        ).action_post()  # fmt: skip
