from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .common import JobCase


class TestCostCode(JobCase):
    def test_name_shows_the_code(self):
        self.assertEqual(self.formwork.display_name, "T03-100 Formwork")

    def test_search_finds_code_and_name(self):
        CostCode = self.env["construction.cost.code"]
        self.assertIn(self.formwork.id, [code for code, _name in CostCode.name_search("T03-100")])
        self.assertIn(self.formwork.id, [code for code, _name in CostCode.name_search("formw")])

    def test_code_is_unique_among_shared_codes(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.formwork.copy({"code": "T03-100"})

    def test_a_company_may_have_its_own_code(self):
        own = self.formwork.copy({"code": "T03-100", "company_id": self.company.id})
        self.assertNotEqual(own, self.formwork)

    def test_no_code_is_its_own_ancestor(self):
        self.plaster.parent_id = self.formwork
        with self.assertRaises(ValidationError):
            self.formwork.parent_id = self.plaster
