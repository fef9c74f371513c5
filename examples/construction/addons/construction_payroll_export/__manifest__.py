{
    "name": "Construction Payroll Export",
    "summary": "Hours of a pay period as a fixed-width file with control totals",
    "version": "19.0.1.1.0",
    "category": "Human Resources/Payroll",
    "author": "De Vries Bouw",
    "website": "https://www.devriesbouw.example",
    "license": "LGPL-3",
    "depends": ["construction_job_costing", "date_range", "hr_attendance"],
    "data": [
        "security/payroll_groups.xml",
        "security/payroll_rules.xml",
        "security/ir.model.access.csv",
        "data/ir_sequence_data.xml",
        "views/construction_payroll_export_views.xml",
        "views/hr_employee_views.xml",
        "views/res_company_views.xml",
    ],
}
