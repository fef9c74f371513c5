from datetime import date

from odoo.tests.common import BaseCase

from ..models.payroll_layout import Detail, render_file


class TestLayout(BaseCase):
    """The layout alone: no database needed."""

    def setUp(self):
        super().setUp()
        self.details = [
            Detail("7", date(2026, 3, 3), "T", "03-100", -150),
            Detail("12", date(2026, 3, 2), "A", "", 800),
            Detail("12", date(2026, 3, 2), "T", "03-100", 750),
        ]

    def _render(self, details):
        return render_file("NL0042", date(2026, 3, 1), date(2026, 3, 31), "PX2026-0001", details)

    def test_file(self):
        self.assertEqual(
            self._render(self.details).decode("ascii").split("\r\n"),
            [
                "HNL0042    2026030120260331PX2026-0001 ",
                "D0000000720260303T03-100    -00000150",
                "D0000001220260302A          +00000800",
                "D0000001220260302T03-100    +00000750",
                "Z0000003+0000000600+000000080000000000000031",
                "",
            ],
        )

    def test_order_of_the_input_does_not_matter(self):
        self.assertEqual(self._render(self.details), self._render(reversed(self.details)))

    def test_what_does_not_fit_is_refused(self):
        with self.assertRaises(ValueError):
            self._render([Detail("123456789", date(2026, 3, 2), "T", "03-100", 100)])

    def test_what_is_not_ascii_is_refused(self):
        with self.assertRaises(ValueError):
            self._render([Detail("12", date(2026, 3, 2), "T", "03-é", 100)])
