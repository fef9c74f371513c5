from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTour(HttpCase):
    def test_cost_controller_enters_a_budget(self):
        controller = new_test_user(
            self.env, "controller", groups="construction_job_costing.group_job_manager", password="controller"
        )
        code = self.env["construction.cost.code"].create({"code": "T01-100", "name": "Site huts"})
        job = self.env["project.project"].create({"name": "Harbour office", "allow_timesheets": True})
        self.start_tour("/odoo", "construction_job_costing_budget", login=controller.login)
        line = self.env["construction.budget.line"].search([("project_id", "=", job.id)])
        self.assertRecordValues(
            line, [{"cost_code_id": code.id, "amount": 2500, "create_uid": controller.id}]
        )
