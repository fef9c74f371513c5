{
    "name": "Desk",
    "summary": "Tickets of customers, and what is wrong with none of them",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["portal"],
    "data": ["security/groups.xml", "security/ir.model.access.csv", "security/rules.xml"],
}
