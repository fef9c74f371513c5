from odoo.tools.sql import column_exists, rename_column

MODEL, OLD, NEW = "construction.budget.line", "amount", "budget_amount"


def migrate(cr, version):
    """Rename the budget of a budget line: next to `original_amount`, plain `amount` said too little."""
    table = MODEL.replace(".", "_")
    if not column_exists(cr, table, OLD):
        return
    rename_column(cr, table, OLD, NEW)
    cr.execute("UPDATE ir_model_fields SET name = %s WHERE model = %s AND name = %s", (NEW, MODEL, OLD))
    cr.execute(
        "UPDATE ir_model_data SET name = %s WHERE module = 'construction_job_costing' AND name = %s",
        (f"field_{table}__{NEW}", f"field_{table}__{OLD}"),
    )
