from .common import JobCase


class TestTimesheetCost(JobCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee = cls.env["hr.employee"].create({"name": "Jan", "hourly_cost": 40})
        cls.task = cls.env["project.task"].create(
            {"name": "Shutter walls", "project_id": cls.job.id, "cost_code_id": cls.formwork.id}
        )

    def _book(self, **vals):
        return self.env["account.analytic.line"].create(
            {
                "name": "Work",
                "project_id": self.job.id,
                "employee_id": self.employee.id,
                "unit_amount": 3,
                **vals,
            }
        )

    def test_hours_go_to_the_cost_code_of_the_task(self):
        self.assertEqual(self._book(task_id=self.task.id).cost_code_id, self.formwork)

    def test_another_cost_code_may_be_chosen(self):
        line = self._book(task_id=self.task.id)
        line.cost_code_id = self.plaster
        self.assertEqual(line.cost_code_id, self.plaster)

    def test_hours_are_actual_cost(self):
        budget = self._create_budget(self.formwork)
        self._book(task_id=self.task.id)
        self.assertEqual(budget.actual_amount, 120)

    def test_corrections_are_subtracted(self):
        budget = self._create_budget(self.formwork)
        self._book(task_id=self.task.id)
        self._book(task_id=self.task.id, unit_amount=-1)
        self.assertEqual(budget.actual_amount, 80)
