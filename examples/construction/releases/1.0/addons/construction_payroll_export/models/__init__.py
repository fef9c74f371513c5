from . import payroll_layout
from . import res_company
from . import hr_employee
from . import payroll_source
from . import account_analytic_line
from . import hr_attendance
from . import construction_payroll_export
