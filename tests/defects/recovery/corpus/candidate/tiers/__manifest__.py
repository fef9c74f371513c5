{
    "name": "Tiers",
    "version": "19.0.2.0.0",
    "license": "LGPL-3",
    "depends": ["base"],
}
