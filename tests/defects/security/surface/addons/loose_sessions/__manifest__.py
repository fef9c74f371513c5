# ruff: noqa
{
    "name": "Loose Sessions",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["base"],
    "post_load": "loosen",
}
