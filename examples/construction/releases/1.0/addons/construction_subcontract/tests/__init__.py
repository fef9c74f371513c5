from . import test_subcontract
from . import test_certificate
from . import test_approval
from . import test_security
from . import test_billing
