from . import test_usage
from . import test_security
