from . import test_percent
from . import test_withhold
from . import test_release
from . import test_multi_company
