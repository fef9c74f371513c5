from . import res_company
from . import res_config_settings
from . import project_project
from . import account_move
from . import account_move_line
from . import construction_retention_release
