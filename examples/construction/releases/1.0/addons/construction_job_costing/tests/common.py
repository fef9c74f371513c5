from odoo.tests.common import TransactionCase

CONTEXT = {"tracking_disable": True, "no_reset_password": True, "mail_create_nolog": True}


class JobCase(TransactionCase):
    """A job with an analytic account and two cost codes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, **CONTEXT})
        cls.company = cls.env.company
        cls.other_company = cls.env["res.company"].create({"name": "De Vries Belgium"})
        cls.formwork, cls.plaster = cls.env["construction.cost.code"].create(
            [
                {"code": "T03-100", "name": "Formwork", "cost_type": "labour"},
                {"code": "T09-200", "name": "Plaster", "cost_type": "material"},
            ]
        )
        cls.job = cls._create_job("Quay 7")
        cls.vendor = cls.env["res.partner"].create({"name": "Bricks & Sons"})

    @classmethod
    def _create_job(cls, name):
        return cls.env["project.project"].create(
            {"name": name, "company_id": cls.company.id, "allow_timesheets": True}
        )

    @classmethod
    def _create_budget(cls, cost_code, amount=1000.0, job=None):
        return cls.env["construction.budget.line"].create(
            {"project_id": (job or cls.job).id, "cost_code_id": cost_code.id, "amount": amount}
        )
