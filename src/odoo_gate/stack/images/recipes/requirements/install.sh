#!/bin/sh
# Install requirements.txt for the system's Python and record what came of it in /opt/odoo-gate.
set -eu
cd /tmp/odoo-gate

# The bundle of the machine that builds, which knows a company's own CA; empty when it has none.
if [ -s ca-bundle.pem ]; then
    export PIP_CERT=/tmp/odoo-gate/ca-bundle.pem
fi
if [ -z "${PIP_INDEX_URL:-}" ]; then unset PIP_INDEX_URL; fi
if [ -z "${PIP_EXTRA_INDEX_URL:-}" ]; then unset PIP_EXTRA_INDEX_URL; fi

# pip refuses to replace what dpkg installed, and has to be able to: in a virtual environment that sees the
# system's packages it installs beside them. What it brought is then moved to where the system's Python looks first.
export PIP_NO_INPUT=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
python3 trust_odoo_package.py
python3 -m venv --system-site-packages --without-pip venv
venv/bin/python -m pip install --no-compile --requirement requirements.txt
python3 move_in.py venv
