{
    "name": "Planted",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["account"],
    "data": ["security/ir.model.access.csv", "data/thing_data.xml", "data/cron_data.xml"],
}
