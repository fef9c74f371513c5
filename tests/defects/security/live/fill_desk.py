"""Runs inside Odoo: two companies with tickets, sites and payslips, and what is planted by data."""

from __future__ import annotations


def fill(env, say):
    say("two companies with tickets")
    second = env["res.company"].create({"name": "Second Desk"})
    for number, company in enumerate((env.company, second), 1):
        here = env(context={**env.context, "allowed_company_ids": [company.id]})
        site = here["desk.site"].create({"name": f"Site {number}", "company_id": company.id})
        here["desk.payslip"].create({"name": f"Payslip {number}", "wage": 1000.0, "company_id": company.id})
        for each in range(2):
            partner = here["res.partner"].create({"name": f"Customer {number}{each}"})
            here["desk.ticket"].create(
                {
                    "name": f"Ticket-{number}{each}-of-{company.id}",
                    "partner_id": partner.id,
                    "site_id": site.id,
                    "company_id": company.id,
                }
            )


def cross(env, say):
    say("a ticket of the second company moves to a site of the first")
    second = env["res.company"].search([("name", "=", "Second Desk")])
    site = env["desk.site"].search([("company_id", "!=", second.id)], limit=1)
    env.cr.execute("UPDATE desk_ticket SET site_id = %s WHERE company_id = %s", (site.id, second.id))
