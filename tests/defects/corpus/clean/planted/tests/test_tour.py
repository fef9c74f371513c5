from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestTour(HttpCase):
    def test_login_page(self):
        self.browser_js("/web/login", "console.log('test successful')")
