{
    "name": "Planted, other",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["planted"],
    "data": ["views/thing_views.xml"],
}
