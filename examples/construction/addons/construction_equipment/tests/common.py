from odoo.tests.common import TransactionCase

CONTEXT = {"tracking_disable": True, "no_reset_password": True, "mail_create_nolog": True}


class EquipmentCase(TransactionCase):
    """An excavator at 80 an hour, and a job."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, **CONTEXT})
        cls.code = cls.env["construction.cost.code"].create(
            {"code": "T31-100", "name": "Excavation", "cost_type": "equipment"}
        )
        cls.job = cls.env["project.project"].create(
            {"name": "Basement", "company_id": cls.env.company.id, "allow_timesheets": True}
        )
        cls.excavator = cls.env["maintenance.equipment"].create(
            {"name": "Excavator 8 t", "company_id": cls.env.company.id, "charge_rate": 80}
        )

    @classmethod
    def create_usage(cls, hours=5, **vals):
        return cls.env["construction.equipment.usage"].create(
            {
                "equipment_id": cls.excavator.id,
                "project_id": cls.job.id,
                "cost_code_id": cls.code.id,
                "date": "2026-03-02",
                "hours": hours,
                **vals,
            }
        )
