from . import portal_client
from . import res_partner
from . import construction_portal_message
from . import construction_delivery_confirmation
from . import purchase_order
