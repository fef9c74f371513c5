#!/bin/sh
# Make sure that rsync is here: gitlab-ci-local copies checkouts with it. Debian and Ubuntu get theirs, given root.
set -eu

command -v rsync > /dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then
    echo "ensure-rsync: installing rsync" >&2
    output=$(apt-get update 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends rsync 2>&1) ||
        { echo "$output" | tail -n 15 >&2; echo "  next step: correct what apt-get says, then run again" >&2; exit 4; }
    exit 0
fi
echo "ensure-rsync: rsync is missing" >&2
echo "  next step: install the package rsync, then run again" >&2
exit 4
