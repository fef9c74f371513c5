from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ConstructionCostCode(models.Model):
    """What money is spent on, the same on every job: 03-100 Formwork, 09-200 Plaster ..."""

    _name = "construction.cost.code"
    _description = "Cost Code"
    _order = "code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    cost_type = fields.Selection(
        [
            ("labour", "Labour"),
            ("material", "Material"),
            ("subcontract", "Subcontract"),
            ("equipment", "Equipment"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    parent_id = fields.Many2one(
        "construction.cost.code",
        "Parent Code",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one("res.company", help="Empty: the code is shared by all companies.")
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "A company has each cost code once.",
    )

    @api.constrains("parent_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A cost code cannot be its own ancestor."))

    @api.depends("code", "name")
    def _compute_display_name(self):
        for cost_code in self:
            cost_code.display_name = " ".join(filter(None, (cost_code.code, cost_code.name)))
