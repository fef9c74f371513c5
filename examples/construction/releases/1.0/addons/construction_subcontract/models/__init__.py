from . import construction_subcontract
from . import construction_subcontract_line
from . import construction_progress_certificate
from . import construction_progress_certificate_line
from . import construction_budget_line
from . import tier_definition
