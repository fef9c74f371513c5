from . import construction_cost_code
from . import construction_budget_line
from . import project_project
from . import project_task
from . import purchase_order_line
from . import account_analytic_line
from . import account_move_line
