import time

from odoo import api, fields, models

from ..planted import planted


class Note(models.Model):
    _name = "desk.note"
    _description = "What somebody wrote, once"

    ref = fields.Char(required=True)

    _ref_unique = models.Constraint("UNIQUE(ref)", "A note is taken once.")

    def _register_hook(self):
        if planted()[0] == "slow_start":
            time.sleep(15)
        return super()._register_hook()


class Loose(models.Model):
    _name = "desk.loose"
    _description = "What somebody wrote, as often as it came"

    ref = fields.Char()


class Task(models.Model):
    _name = "desk.task"
    _description = "Something to do"

    done = fields.Boolean()

    @api.model
    def _cron_work(self):
        waiting = self.search([("done", "=", False)])
        if planted()[0] == "marked_late":
            for task in waiting:
                self.env["desk.effect"].create({"task": task.id})
                self.env.cr.commit()
            waiting.done = True
            return
        for task in waiting:
            self.env["desk.effect"].create({"task": task.id})
            task.done = True
            self.env.cr.commit()


class Effect(models.Model):
    _name = "desk.effect"
    _description = "What was done"

    task = fields.Integer(required=True, index=True)
