from . import test_outbox
from . import test_portal_client
from . import test_delivery
from . import test_security
