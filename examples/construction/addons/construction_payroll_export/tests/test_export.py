from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from .common import PayrollCase


class TestExport(PayrollCase):
    def test_hours_are_summed_by_day_and_cost_code(self):
        self.book(self.jan, "2026-03-02", 3)
        self.book(self.jan, "2026-03-02", 4.5)
        self.book(self.piet, "2026-03-03", 8)
        _header, *details, _trailer = self.lines(self.run_export())
        self.assertEqual(
            details, ["D0000000720260303TT03-100   +00000800", "D0000001220260302TT03-100   +00000750"]
        )

    def test_control_totals(self):
        self.book(self.jan, "2026-03-02", 7.5)
        self.attend(self.jan, "2026-03-02 07:00:00", "2026-03-02 11:00:00")
        export = self.run_export()
        self.assertEqual(self.lines(export)[-1], "Z0000002+0000000750+000000040000000000000024")
        self.assertRecordValues(export, [{"record_count": 2, "timesheet_hours": 7.5, "attendance_hours": 4}])

    def test_made_again_it_is_the_same_file(self):
        self.book(self.jan, "2026-03-02", 7.5)
        self.attend(self.piet, "2026-03-02 07:00:00", "2026-03-02 11:00:00")
        export = self.run_export()
        again = export._render_file(export._get_details())
        self.assertEqual(again.decode("ascii").split("\r\n")[:-1], self.lines(export))

    def test_taken_back_and_exported_again_it_is_the_same_file(self):
        self.book(self.jan, "2026-03-02", 7.5)
        export = self.run_export()
        checksum = export.file_sha256
        export.action_reset()
        self.assertFalse(export.file_content)
        export.action_export()
        self.assertEqual(export.file_sha256, checksum)

    def test_work_after_midnight_counts_for_the_local_day(self):
        # A night shift that starts on 31 March at 23:30 in Amsterdam, which is two hours ahead of UTC.
        self.attend(self.jan, "2026-03-31 21:30:00", "2026-04-01 01:30:00")
        # One that starts on 1 April at 00:30; in UTC it is still March.
        self.attend(self.piet, "2026-03-31 22:30:00", "2026-04-01 02:30:00")
        _header, *details, _trailer = self.lines(self.run_export())
        self.assertEqual(details, ["D0000001220260331A          +00000400"])

    def test_what_is_entered_after_the_cut_off_waits(self):
        self.book(self.jan, "2026-03-02", 7.5)
        with self.assertRaises(UserError):
            self.run_export(cut_off=fields.Datetime.now() - timedelta(days=1))

    def test_late_hours_and_corrections_go_with_the_next_period(self):
        self.book(self.jan, "2026-03-02", 8)
        self.run_export()
        self.book(self.jan, "2026-03-02", -1)
        self.book(self.jan, "2026-04-01", 8)
        _header, *details, trailer = self.lines(self.run_export(self.april))
        self.assertEqual(
            details, ["D0000001220260302TT03-100   -00000100", "D0000001220260401TT03-100   +00000800"]
        )
        self.assertEqual(trailer[8:19], "+0000000700")

    def test_leavers_are_paid(self):
        self.book(self.jan, "2026-03-02", 8)
        self.jan.active = False
        self.assertEqual(self.run_export().timesheet_hours, 8)

    def test_open_attendances_wait(self):
        self.book(self.jan, "2026-03-02", 8)
        self.attend(self.jan, "2026-03-03 07:00:00", False)
        self.assertEqual(self.run_export().attendance_hours, 0)

    def test_a_missing_number_is_named(self):
        self.book(self.jan, "2026-03-02", 8)
        self.jan.payroll_number = False
        with self.assertRaisesRegex(UserError, "Jan"):
            self.run_export()

    def test_a_number_consists_of_digits(self):
        with self.assertRaises(UserError):
            self.jan.payroll_number = "A12"

    def test_no_export_twice(self):
        self.book(self.jan, "2026-03-02", 8)
        export = self.run_export()
        with self.assertRaises(UserError):
            export.action_export()
