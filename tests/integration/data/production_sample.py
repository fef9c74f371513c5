"""Runs inside Odoo: a little of what production holds, made as users make it."""

import base64


def fill(env, say):
    """People, money, papers and talk; returns what a test looks for afterwards."""
    say("making what production has")
    company = env.company
    country = env.ref("base.nl")
    supplier = env["res.partner"].create(
        {
            "name": "Aannemersbedrijf Jansen & Zonen B.V.",
            "is_company": True,
            "email": "Info@Jansen-Zonen.nl",
            "phone": "+31 20 123 4567",
            "street": "Keizersgracht 12",
            "zip": "1015 AB",
            "city": "Amsterdam",
            "country_id": country.id,
            "vat": "NL123456782B90",
            "comment": "<p>Pays late, ask for <b>Henk</b></p>",
        }
    )
    contact = env["res.partner"].create(
        {"name": "Henk Jansen", "parent_id": supplier.id, "email": "henk@jansen-zonen.nl"}
    )
    bank = env["res.partner.bank"].create({"acc_number": "NL91 ABNA 0417 1643 00", "partner_id": supplier.id})
    user = env["res.users"].create(
        {"name": "Ingrid de Boer", "login": "ingrid@devries.nl", "email": "ingrid@devries.nl"}
    )
    employee = env["hr.employee"].create(
        {"name": "Ingrid de Boer", "user_id": user.id, "private_phone": "020 123 4567", "birthday": "1980-05-17"}
    )
    employee.hourly_cost = 41.5
    account = env["account.account"].search(
        [("account_type", "=", "expense"), ("company_ids", "in", company.id)], limit=1
    )
    bill = env["account.move"].create(
        {
            "move_type": "in_invoice",
            "partner_id": supplier.id,
            "invoice_date": "2026-03-01",
            "ref": "JZ-2026/0042",
            "invoice_line_ids": [
                (
                    0,
                    0,
                    {
                        "name": "Masonry at Henk's house",
                        "quantity": 3,
                        "price_unit": 1250.25,
                        "account_id": account.id,
                        "tax_ids": [(5,)],
                    },
                )
            ],
        }
    )
    bill.action_post()
    reversal = env["account.move.reversal"].with_context(active_model="account.move", active_ids=bill.ids)
    reversal.create({"reason": "Henk Jansen was wrong", "journal_id": bill.journal_id.id})  # opened, and left open
    bill.message_post(
        body="Henk Jansen called about this bill", subject="Call", email_from='"Henk Jansen" <henk@jansen-zonen.nl>'
    )
    project = env["project.project"].create({"name": "Villa Jansen"})
    env["project.task"].create({"name": "Ask Henk", "project_id": project.id, "description": "<p>Call him at home</p>"})
    product = env["product.template"].create({"name": "Bricks of Jansen", "standard_price": 2.5, "list_price": 4})
    journal = env["account.journal"].create(
        {"name": "Closed books", "code": "CLB", "type": "general", "restrict_mode_hash_table": True}
    )
    for amount in (100, 250):
        entry = env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": "2026-02-01",
                "line_ids": [
                    (0, 0, {"name": "Advance to Henk Jansen", "account_id": account.id, "debit": amount}),
                    (0, 0, {"name": "Advance to Henk Jansen", "account_id": account.id, "credit": amount}),
                ],
            }
        )
        entry.action_post()
    assert entry.inalterable_hash, "the entry was not secured"
    papers = {}
    for name, mimetype, content in (
        ("Contract Jansen.txt", "text/plain", b"Contract with Henk Jansen\n" * 40),
        ("Plan.pdf", "application/pdf", b"%PDF-1.4\n% nothing much\n" + b" " * 3000),
        ("photo.png", "image/png", base64.b64decode(PIXEL)),
    ):
        paper = env["ir.attachment"].create(
            {"name": name, "raw": content, "mimetype": mimetype, "res_model": "account.move", "res_id": bill.id}
        )
        papers[name] = paper.id
    env["ir.config_parameter"].set_param("some.service.api_key", "sk-live-production")
    env["ir.mail_server"].create(
        {"name": "Production", "smtp_host": "smtp.devries.nl", "smtp_user": "ingrid@devries.nl"}
    )
    return {
        "supplier": supplier.id,
        "contact": contact.id,
        "bank": bank.id,
        "user": user.id,
        "employee": employee.id,
        "bill": bill.id,
        "product": product.id,
        "papers": papers,
    }


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
