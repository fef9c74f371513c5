from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import CONTEXT, EquipmentCase


@tagged("post_install", "-at_install")
class TestSecurity(EquipmentCase):
    def test_a_site_manager_charges_equipment(self):
        site_manager = new_test_user(
            self.env, "site", groups="construction_job_costing.group_job_user", context=CONTEXT
        )
        usage = self.create_usage().with_user(site_manager)
        usage.action_charge()
        usage.action_take_back()
        self.assertEqual(usage.state, "draft")

    def test_others_do_not_see_the_rate(self):
        clerk = new_test_user(self.env, "clerk", groups="base.group_user", context=CONTEXT)
        with self.assertRaises(AccessError):
            self.excavator.with_user(clerk).read(["charge_rate"])

    def test_equipment_of_another_company_is_refused(self):
        company = self.env["res.company"].create({"name": "De Vries Belgium"})
        crane = self.excavator.copy({"company_id": company.id})
        with self.assertRaises(UserError):
            self.create_usage(equipment_id=crane.id)
