{
    "name": "Construction Procurement",
    "summary": "Confirmed orders go to the supplier portal, its delivery confirmations come back",
    "version": "19.0.1.0.0",
    "category": "Inventory/Purchase",
    "author": "De Vries Bouw",
    "website": "https://www.devriesbouw.example",
    "license": "LGPL-3",
    "depends": ["purchase"],
    "data": [
        "security/procurement_rules.xml",
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        "views/construction_portal_message_views.xml",
        "views/construction_delivery_confirmation_views.xml",
        "views/purchase_order_views.xml",
        "views/res_partner_views.xml",
    ],
}
