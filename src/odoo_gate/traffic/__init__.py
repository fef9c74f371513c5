"""Load as the business makes it: profiles driven by Locust, and their result read back from the database."""

from odoo_gate.traffic.driver import Driving, drive, driving, percentile
from odoo_gate.traffic.ledger import WITHOUT_WEBSOCKET, Entry, Ledger, business_metrics, ledger, seconds_at_peak
from odoo_gate.traffic.model import (
    LATE_SECONDS,
    Notifications,
    Outcome,
    Person,
    Plan,
    Sample,
    Site,
    Traffic,
    read_samples,
    read_site,
)
from odoo_gate.traffic.profiles import (
    BusinessMetric,
    Line,
    NotApplicable,
    Profile,
    Transaction,
    find_profile,
    load_profiles,
    locustfile,
    locustfiles,
)
from odoo_gate.traffic.site import prepare_site

__all__ = [
    "LATE_SECONDS",
    "WITHOUT_WEBSOCKET",
    "BusinessMetric",
    "Driving",
    "Entry",
    "Ledger",
    "Line",
    "NotApplicable",
    "Notifications",
    "Outcome",
    "Person",
    "Plan",
    "Profile",
    "Sample",
    "Site",
    "Traffic",
    "Transaction",
    "business_metrics",
    "drive",
    "driving",
    "find_profile",
    "ledger",
    "load_profiles",
    "locustfile",
    "locustfiles",
    "percentile",
    "prepare_site",
    "read_samples",
    "read_site",
    "seconds_at_peak",
]
