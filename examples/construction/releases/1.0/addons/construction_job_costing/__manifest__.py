{
    "name": "Construction Job Costing",
    "summary": "Cost codes, budgets, committed and actual cost of jobs",
    "version": "19.0.1.0.0",
    "category": "Services/Project",
    "author": "De Vries Bouw",
    "website": "https://www.devriesbouw.example",
    "license": "LGPL-3",
    "depends": ["hr_timesheet", "project_purchase"],
    "data": [
        "security/construction_groups.xml",
        "security/construction_rules.xml",
        "security/ir.model.access.csv",
        "views/construction_cost_code_views.xml",
        "views/construction_budget_line_views.xml",
        "views/project_project_views.xml",
        "views/project_task_views.xml",
        "views/purchase_order_views.xml",
        "views/account_move_views.xml",
        "views/account_analytic_line_views.xml",
        "views/construction_menus.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "construction_job_costing/static/tests/tours/*.js",
        ],
    },
    "application": True,
}
