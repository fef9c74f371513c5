#!/bin/sh
# Make sure that a Chromium is here: the report's tests open it in one. Debian gets its own, given root.
set -eu

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" > /dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then
    echo "ensure-chromium: installing chromium" >&2
    output=$(apt-get update 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium 2>&1) ||
        { echo "$output" | tail -n 15 >&2; echo "  next step: correct what apt-get says, then run again" >&2; exit 4; }
    exit 0
fi
echo "ensure-chromium: Chromium is missing" >&2
echo "  next step: install chromium or google-chrome, then run again" >&2
exit 4
