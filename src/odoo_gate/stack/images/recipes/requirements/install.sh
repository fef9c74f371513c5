#!/bin/sh
# Install requirements.txt for the system's Python (below /usr/local) and record what came of it in /opt/odoo-gate.
set -eu
cd /tmp/odoo-gate

# The bundle of the machine that builds, which knows a company's own CA; empty when it has none.
if [ -s ca-bundle.pem ]; then
    export PIP_CERT=/tmp/odoo-gate/ca-bundle.pem
fi
if [ -z "${PIP_INDEX_URL:-}" ]; then unset PIP_INDEX_URL; fi
if [ -z "${PIP_EXTRA_INDEX_URL:-}" ]; then unset PIP_EXTRA_INDEX_URL; fi

# As variables, not options: the old pip of bullseye does not know all of them and ignores unknown variables.
export PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
export PIP_NO_INPUT=1 PIP_NO_CACHE_DIR=1
python3 -m pip install --requirement requirements.txt

mkdir -p /opt/odoo-gate
cp requirements.txt /opt/odoo-gate/requirements.txt
python3 link-addons.py
