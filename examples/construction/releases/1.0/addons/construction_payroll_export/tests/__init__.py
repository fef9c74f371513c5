from . import test_layout
from . import test_export
from . import test_locked_hours
from . import test_security
