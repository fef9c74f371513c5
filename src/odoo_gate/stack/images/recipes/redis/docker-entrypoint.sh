#!/bin/sh
# Starts redis-server as the user redis. `docker run IMAGE --maxmemory 64mb` and `docker run IMAGE my.conf` work.
set -eu

case ${1:-} in
    -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1:-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec setpriv --reuid=redis --regid=redis --init-groups "$0" "$@"
fi

# The container's network is the boundary, as in the official image: no protected mode unless the caller asks for it.
open_to_the_network() {
    case " $* " in *" --protected-mode "*) return 1 ;; esac
    case ${2:-} in
        '' | -*) return 0 ;;
        *) ! grep -q '^[[:space:]]*protected-mode' "$2" ;;
    esac
}
if [ "${1:-}" = redis-server ]; then
    umask 0077
    if open_to_the_network "$@"; then
        set -- "$@" --protected-mode no
    fi
fi
exec "$@"
