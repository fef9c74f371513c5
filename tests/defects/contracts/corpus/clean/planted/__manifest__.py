{
    "name": "Planted",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["web", "rpc"],
    "data": ["security/groups.xml", "security/ir.model.access.csv", "data/things.xml"],
}
