{
    "name": "Construction Equipment",
    "summary": "Equipment usage charged to jobs",
    "version": "19.0.1.0.0",
    "category": "Services/Project",
    "author": "De Vries Bouw",
    "website": "https://www.devriesbouw.example",
    "license": "LGPL-3",
    "depends": ["construction_job_costing", "maintenance"],
    "data": [
        "security/equipment_rules.xml",
        "security/ir.model.access.csv",
        "views/construction_equipment_usage_views.xml",
        "views/maintenance_equipment_views.xml",
    ],
}
