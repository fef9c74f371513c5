"""Where the time goes while people work: workers, PostgreSQL, Redis, retries and queues, watched beside a drive."""

from odoo_gate.load.diagnosis.judgement import missing_indexes
from odoo_gate.load.diagnosis.model import Diagnosis, Facts, Resource
from odoo_gate.load.diagnosis.observation import Observation, observing
from odoo_gate.load.diagnosis.profile import SlowestProfile, profile_slowest

__all__ = [
    "Diagnosis",
    "Facts",
    "Observation",
    "Resource",
    "SlowestProfile",
    "missing_indexes",
    "observing",
    "profile_slowest",
]
