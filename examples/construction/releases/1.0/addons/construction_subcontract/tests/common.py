from odoo.fields import Command
from odoo.tests.common import TransactionCase

CONTEXT = {"tracking_disable": True, "no_reset_password": True, "mail_create_nolog": True}


class SubcontractMixin:
    """Creates subcontracts; for any test class with an environment."""

    @classmethod
    def prepare(cls):
        cls.code, cls.other_code = cls.env["construction.cost.code"].create(
            [
                {"code": "T22-100", "name": "Plumbing", "cost_type": "subcontract"},
                {"code": "T26-100", "name": "Electricity", "cost_type": "subcontract"},
            ]
        )
        cls.job = cls.env["project.project"].create(
            {"name": "Library", "company_id": cls.env.company.id, "allow_timesheets": True}
        )
        cls.subcontractor = cls.env["res.partner"].create({"name": "Pipes Ltd"})

    @classmethod
    def create_subcontract(cls, amounts=(1000.0, 500.0), activate=True, **vals):
        subcontract = cls.env["construction.subcontract"].create(
            {
                "description": "Installations",
                "project_id": cls.job.id,
                "partner_id": cls.subcontractor.id,
                "line_ids": [
                    Command.create({"name": code.name, "cost_code_id": code.id, "price_unit": amount})
                    for code, amount in zip((cls.code, cls.other_code), amounts, strict=False)
                ],
                **vals,
            }
        )
        if activate:
            subcontract.action_activate()
        return subcontract

    @classmethod
    def create_certificate(cls, subcontract, *percents, certify=True):
        certificate = cls.env["construction.progress.certificate"].create({"subcontract_id": subcontract.id})
        for line, percent in zip(certificate.line_ids, percents, strict=False):
            line.percent_complete = percent
        if certify:
            certificate.action_certify()
        return certificate


class SubcontractCase(SubcontractMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, **CONTEXT})
        cls.prepare()
