from . import maintenance_equipment
from . import construction_equipment_usage
