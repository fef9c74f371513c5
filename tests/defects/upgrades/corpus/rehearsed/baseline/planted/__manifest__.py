{
    "name": "Planted",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["base"],
    "data": ["ir.model.access.csv", "thing_data.xml"],
}
