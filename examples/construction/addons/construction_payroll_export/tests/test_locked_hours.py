from odoo.exceptions import UserError

from .common import PayrollCase


class TestLockedHours(PayrollCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.timesheet = cls.book(cls.jan, "2026-03-02", 8)
        cls.attendance = cls.attend(cls.jan, "2026-03-02 07:00:00", "2026-03-02 16:00:00")
        cls.export = cls.run_export()

    def test_exported_hours_do_not_change(self):
        with self.assertRaises(UserError):
            self.timesheet.unit_amount = 7
        with self.assertRaises(UserError):
            self.attendance.check_out = "2026-03-02 15:00:00"

    def test_exported_hours_are_not_deleted(self):
        with self.assertRaises(UserError):
            self.timesheet.unlink()
        with self.assertRaises(UserError):
            self.attendance.unlink()

    def test_descriptions_may_change(self):
        self.timesheet.name = "Formwork of the quay wall"
        self.assertEqual(self.timesheet.payroll_export_id, self.export)

    def test_taken_back_hours_may_change(self):
        self.export.action_reset()
        self.timesheet.unit_amount = 7
        self.assertEqual(self.timesheet.unit_amount, 7)

    def test_an_export_is_kept(self):
        with self.assertRaises(UserError):
            self.export.unlink()
