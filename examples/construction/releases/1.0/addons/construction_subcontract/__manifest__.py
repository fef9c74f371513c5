{
    "name": "Construction Subcontract",
    "summary": "Subcontracts, progress certificates and their bills",
    "version": "19.0.1.0.0",
    "category": "Services/Project",
    "author": "De Vries Bouw",
    "website": "https://www.devriesbouw.example",
    "license": "AGPL-3",
    "depends": [
        "base_tier_validation",
        "construction_job_costing",
        "construction_retention",
    ],
    "data": [
        "security/subcontract_groups.xml",
        "security/subcontract_rules.xml",
        "security/ir.model.access.csv",
        "data/ir_sequence_data.xml",
        "views/construction_progress_certificate_views.xml",
        "views/construction_subcontract_views.xml",
    ],
}
