from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import CONTEXT, SubcontractCase


class TestSecurity(SubcontractCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.valuer = new_test_user(
            cls.env, "valuer", groups="construction_subcontract.group_subcontract_user", context=CONTEXT
        )
        cls.subcontract = cls.create_subcontract()

    def test_a_valuer_certifies(self):
        certificate = (
            self.env["construction.progress.certificate"]
            .with_user(self.valuer)
            .create({"subcontract_id": self.subcontract.id})
        )
        certificate.line_ids[:1].percent_complete = 10
        certificate.action_certify()
        self.assertEqual(self.subcontract.certified_amount, 100)

    def test_a_valuer_does_not_change_the_contract(self):
        draft = self.create_subcontract(activate=False)
        with self.assertRaises(AccessError):
            draft.line_ids[:1].with_user(self.valuer).price_unit = 1

    def test_a_valuer_does_not_see_the_bill(self):
        certificate = self.create_certificate(self.subcontract, 10)
        with self.assertRaises(AccessError):
            certificate.with_user(self.valuer).read(["bill_id"])

    def test_other_companies_are_invisible(self):
        foreigner = new_test_user(
            self.env,
            "foreigner",
            groups="construction_subcontract.group_subcontract_manager",
            company_id=self.env["res.company"].create({"name": "De Vries Belgium"}).id,
            context=CONTEXT,
        )
        for record in (self.subcontract, self.subcontract.line_ids):
            with self.assertRaises(AccessError):
                record.with_user(foreigner).read(["amount"])
