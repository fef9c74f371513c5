"""A day's work as BI sees it: hours booked, hours corrected, a cost code changed."""


def a_day_on_site(env, say):
    lines = env["account.analytic.line"].search(
        [("project_id", "!=", False), ("employee_id", "!=", False), ("payroll_export_id", "=", False)],
        limit=2,
    )
    first, second = lines
    first.copy({"unit_amount": 1.25})
    second.unit_amount += 0.5
    first.cost_code_id = env["construction.cost.code"].search([("code", "=", "03-300")], limit=1)
