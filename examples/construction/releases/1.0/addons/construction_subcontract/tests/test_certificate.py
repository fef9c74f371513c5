from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import SubcontractCase


class TestCertificate(SubcontractCase):
    def test_values_of_the_first_certificate(self):
        certificate = self.create_certificate(self.create_subcontract(), 30, 20)
        self.assertRecordValues(
            certificate,
            [{"to_date_amount": 400, "previous_amount": 0, "period_amount": 400, "retention_amount": 20}],
        )

    def test_the_next_certificate_starts_where_the_last_ended(self):
        subcontract = self.create_subcontract()
        self.create_certificate(subcontract, 30, 20)
        second = self.create_certificate(subcontract, 100, 20)
        self.assertRecordValues(
            second, [{"number": 2, "to_date_amount": 1100, "previous_amount": 400, "period_amount": 700}]
        )
        self.assertEqual(subcontract.certified_amount, 1100)

    def test_a_new_certificate_proposes_no_progress(self):
        subcontract = self.create_subcontract()
        self.create_certificate(subcontract, 30, 20)
        third = self.create_certificate(subcontract, certify=False)
        self.assertEqual(third.line_ids.mapped("percent_complete"), [30, 20])
        self.assertEqual(third.period_amount, 0)

    def test_work_may_be_valued_down(self):
        subcontract = self.create_subcontract()
        self.create_certificate(subcontract, 50)
        self.assertEqual(self.create_certificate(subcontract, 40).period_amount, -100)

    def test_periods_add_up_to_the_contract_to_the_cent(self):
        subcontract = self.create_subcontract(amounts=(1000.01,))
        certificates = [self.create_certificate(subcontract, percent) for percent in (33.33, 66.67, 100)]
        self.assertAlmostEqual(sum(certificate.period_amount for certificate in certificates), 1000.01)

    def test_one_draft_at_a_time(self):
        subcontract = self.create_subcontract()
        self.create_certificate(subcontract, certify=False)
        with self.assertRaises(UserError):
            self.create_certificate(subcontract, certify=False)

    def test_no_more_than_everything(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.create_certificate(self.create_subcontract(), 101)

    def test_only_on_an_active_subcontract(self):
        subcontract = self.create_subcontract(activate=False)
        with self.assertRaises(UserError):
            self.create_certificate(subcontract, 10)

    def test_only_the_last_is_cancelled(self):
        subcontract = self.create_subcontract()
        first = self.create_certificate(subcontract, 10)
        second = self.create_certificate(subcontract, 20)
        with self.assertRaises(UserError):
            first.action_cancel()
        second.action_cancel()
        self.assertEqual(subcontract.certified_amount, 100)
        self.assertEqual(self.create_certificate(subcontract, 25).number, 2)

    def test_certified_work_does_not_change(self):
        certificate = self.create_certificate(self.create_subcontract(), 10)
        with self.assertRaises(UserError):
            certificate.line_ids[:1].percent_complete = 20
        with self.assertRaises(UserError):
            certificate.line_ids.unlink()

    def test_certified_work_is_not_deleted(self):
        with self.assertRaises(UserError):
            self.create_certificate(self.create_subcontract(), 10).unlink()
