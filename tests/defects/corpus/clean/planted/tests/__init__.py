from . import test_thing
from . import test_tour
