"""The program that runs inside an Odoo container and drives Odoo for the gate.

Standard library and `odoo` only, Python 3.8 syntax: it must run beside Odoo 14 as well as beside 19.
It is copied into the container as a directory and started with `python3 <directory>`.
"""
