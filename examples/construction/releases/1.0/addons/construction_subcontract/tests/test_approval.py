from odoo.exceptions import ValidationError
from odoo.tests import new_test_user

from .common import CONTEXT, SubcontractCase


class TestApproval(SubcontractCase):
    """Big subcontracts are approved by the director first (OCA base_tier_validation)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.director = new_test_user(
            cls.env, "director", groups="construction_subcontract.group_subcontract_manager", context=CONTEXT
        )
        cls.env["tier.definition"].create(
            {
                "model_id": cls.env["ir.model"]._get_id("construction.subcontract"),
                "review_type": "individual",
                "reviewer_id": cls.director.id,
                "definition_domain": "[('amount', '>', 10000)]",
            }
        )

    def test_a_small_one_needs_no_approval(self):
        self.assertEqual(self.create_subcontract().state, "active")

    def test_a_big_one_does(self):
        with self.assertRaises(ValidationError):
            self.create_subcontract(amounts=(20000,))

    def test_approved_it_is_activated(self):
        subcontract = self.create_subcontract(amounts=(20000,), activate=False)
        subcontract.request_validation()
        subcontract.with_user(self.director).validate_tier()
        subcontract.invalidate_recordset()  # the approval above came in another request
        subcontract.action_activate()
        self.assertEqual(subcontract.state, "active")

    def test_both_models_can_have_approvals(self):
        names = self.env["tier.definition"]._get_tier_validation_model_names()
        self.assertLessEqual({"construction.subcontract", "construction.progress.certificate"}, set(names))
