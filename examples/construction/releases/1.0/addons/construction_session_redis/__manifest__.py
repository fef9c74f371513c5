{
    "name": "Construction Session Redis",
    "summary": "HTTP sessions in Redis, for several Odoo servers behind one address",
    "version": "19.0.1.0.0",
    "category": "Technical",
    "author": "De Vries Bouw",
    "website": "https://www.devriesbouw.example",
    "license": "LGPL-3",
    "depends": ["base"],
    "external_dependencies": {"python": ["redis"]},
    "post_load": "activate",
}
