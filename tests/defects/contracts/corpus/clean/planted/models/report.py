from odoo import fields, models
from odoo.tools import drop_view_if_exists


class PlantedReport(models.Model):
    _name = "planted.report"
    _description = "Report"
    _auto = False

    amount = fields.Float(readonly=True)

    def init(self):
        drop_view_if_exists(self.env.cr, "planted_report")
        self.env.cr.execute("""
            CREATE VIEW planted_report AS
            SELECT t.id, t.state, t.amount, t.write_date
              FROM planted_thing t
        """)
