from . import test_cost_code
from . import test_budget
from . import test_committed_cost
from . import test_timesheet_cost
from . import test_security
from . import test_bill_cost
from . import test_tour
