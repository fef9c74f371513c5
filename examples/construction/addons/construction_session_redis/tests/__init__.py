from . import test_hooks
from . import test_session_store
