from odoo import fields, models


class MaintenanceEquipment(models.Model):
    _inherit = "maintenance.equipment"

    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    charge_rate = fields.Monetary(
        "Charge per Hour",
        groups="construction_job_costing.group_job_user",
        help="What a job pays for an hour of this equipment.",
    )

    def _compute_currency_id(self):
        for equipment in self:
            equipment.currency_id = (equipment.company_id or self.env.company).currency_id
