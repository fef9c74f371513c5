{
    "name": "Desk",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["web"],
    "data": ["security/ir.model.access.csv", "data/ir_cron_data.xml"],
}
