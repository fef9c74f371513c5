{
    "name": "Planted",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["web", "account_accountant"],
    "data": ["security/ir.model.access.csv", "views/thing_views.xml", "data/thing_data.xml"],
    "post_init_hook": "create_audit_table",
    "uninstall_hook": "drop_audit_table",
}
