#!/bin/sh
# Make sure that a Docker engine answers. An engine that is reachable is used as it is. Where there is none, Debian and
# Ubuntu get theirs installed and started, given root; everybody else is told the one thing to do.
set -eu

LOG=/var/log/dockerd.log
START_SECONDS=60

say() { echo "ensure-docker: $*" >&2; }
die() {
    say "$1"
    echo "  next step: $2" >&2
    exit 4
}
have() { command -v "$1" > /dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
is_debian_like() { [ -e /etc/debian_version ] && have apt-get; }

reachable() {
    if have docker; then
        docker version > /dev/null 2>&1
    else
        [ -S /var/run/docker.sock ] && have curl &&
            curl --silent --fail --max-time 5 --unix-socket /var/run/docker.sock http://docker/_ping > /dev/null
    fi
}

install_packages() {
    say "installing $*"
    output=$(mktemp)
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } \
        > "$output" 2>&1; then
        tail -n 15 "$output" >&2
        rm -f "$output"
        die "apt-get could not install: $*" "correct what apt-get says above, then run again"
    fi
    rm -f "$output"
}

install_engine() {
    packages="docker.io iptables"
    # Newer releases have the client in a package of its own.
    if apt-cache show docker-cli > /dev/null 2>&1; then packages="$packages docker-cli"; fi
    # shellcheck disable=SC2086
    install_packages $packages
}

start_engine() {
    if [ -d /run/systemd/system ]; then
        systemctl start docker || die "systemd could not start Docker" "look at: journalctl -u docker"
        return
    fi
    say "starting dockerd (its log: $LOG)"
    pid_file=/var/run/docker.pid
    # Left by an engine that was killed; its number may belong to another program by now.
    if [ -e "$pid_file" ] && ! grep -qs dockerd "/proc/$(cat "$pid_file")/comm"; then
        rm -f "$pid_file"
    fi
    # Its own session, and without our lock: it lives on after this script.
    setsid dockerd < /dev/null >> "$LOG" 2>&1 9>&- &
}

wait_for_engine() {
    waited=0
    until reachable; do
        if [ "$waited" -ge "$START_SECONDS" ]; then
            [ ! -e "$LOG" ] || tail -n 15 "$LOG" >&2
            die "dockerd did not answer within $START_SECONDS s" "the lines above are the end of its log"
        fi
        sleep 1
        waited=$((waited + 1))
    done
}

ensure_engine() {
    if reachable; then return; fi
    if [ -n "${DOCKER_HOST:-}" ]; then
        die "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST" "start that engine, or unset DOCKER_HOST"
    fi
    if ! is_root; then
        if [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; then
            die "you may not use the Docker engine of this machine" "sudo usermod -aG docker $(id -un), then log in again"
        fi
        die "no Docker engine answers, and starting one needs root" "start Docker, or run once as root: $0"
    fi
    if ! have dockerd; then
        is_debian_like ||
            die "no Docker engine, and this is neither Debian nor Ubuntu" "install Docker and start it, then run again"
        install_engine
    fi
    # The package may have started it already.
    reachable || start_engine
    wait_for_engine
}

# Without a registry images are made from Debian's packages, which takes debootstrap.
ensure_debootstrap() {
    if have debootstrap || ! is_root || ! is_debian_like; then return; fi
    install_packages debootstrap debian-archive-keyring
}

if is_root; then
    # One at a time: two `make` in parallel must not both install or start.
    mkdir -p /run/lock
    exec 9> /run/lock/odoo-gate-ensure-docker
    flock 9
fi
ensure_engine
ensure_debootstrap
