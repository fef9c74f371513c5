{
    "name": "Construction Retention",
    "summary": "Retention withheld on bills and invoices, and released later",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "De Vries Bouw",
    "website": "https://www.devriesbouw.example",
    "license": "LGPL-3",
    "depends": ["project_account"],
    "data": [
        "security/retention_rules.xml",
        "security/ir.model.access.csv",
        "data/ir_sequence_data.xml",
        "views/account_move_views.xml",
        "views/construction_retention_release_views.xml",
        "views/project_project_views.xml",
        "views/res_config_settings_views.xml",
    ],
}
