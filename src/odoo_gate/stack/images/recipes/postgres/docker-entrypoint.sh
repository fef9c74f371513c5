#!/bin/bash
# Starts PostgreSQL; on an empty PGDATA first makes the cluster that the POSTGRES_* variables describe.
set -euo pipefail

die() {
    echo "error: $*" >&2
    exit 1
}

# from_file NAME [DEFAULT]: NAME may be given as the content of the file that NAME_FILE names (a mounted secret).
from_file() {
    local name=$1 default=${2:-} file_name=${1}_FILE
    if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
        die "both $name and $file_name are set; set one"
    fi
    if [ -n "${!file_name:-}" ]; then
        export "$name=$(<"${!file_name}")"
    else
        export "$name=${!name:-$default}"
    fi
    unset "$file_name"
}

prepare_folders() {
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 00700 "$PGDATA" || true # a volume may forbid it; the server then says so itself
    chmod 03775 /var/run/postgresql || true
    [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || mkdir -p "$POSTGRES_INITDB_WALDIR"
    if [ "$(id -u)" = 0 ]; then
        find "$PGDATA" /var/run/postgresql ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"} \
            \! -user postgres -exec chown postgres '{}' +
    fi
}

check_password() {
    if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
        die "the cluster is empty and no superuser password is given: set POSTGRES_PASSWORD to a value," \
            "or POSTGRES_HOST_AUTH_METHOD=trust to let everybody in without one"
    fi
}

make_cluster() {
    local password_file
    password_file=$(mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" > "$password_file"
    local options=(--username="$POSTGRES_USER")
    [ -z "$POSTGRES_PASSWORD" ] || options+=(--pwfile="$password_file")
    [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || options+=(--waldir="$POSTGRES_INITDB_WALDIR")
    eval "initdb \"\${options[@]}\" ${POSTGRES_INITDB_ARGS:-}"
    rm -f "$password_file"
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}" \
        >> "$PGDATA/pg_hba.conf"
}

# During set-up the server listens on its socket only: nobody outside sees a half-made cluster.
start_privately() {
    pg_ctl -D "$PGDATA" -o "$(printf '%q ' "$@" -c listen_addresses= -p "${PGPORT:-5432}")" -w start
}

run_sql() {
    PGHOST='' PGHOSTADDR='' PGPASSWORD=$POSTGRES_PASSWORD \
        psql --no-psqlrc --no-password -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "${DATABASE:-$POSTGRES_DB}" "$@"
}

create_database() {
    local there
    there=$(DATABASE=postgres run_sql --tuples-only -v db="$POSTGRES_DB" \
        <<< "SELECT 1 FROM pg_database WHERE datname = :'db'")
    [ -n "$there" ] || DATABASE=postgres run_sql -v db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db"'
}

run_init_files() {
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        echo "$0: $file"
        case $file in
            # shellcheck disable=SC1090
            *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) run_sql -f "$file" ;;
            *.sql.gz) gunzip -c "$file" | run_sql ;;
            *.sql.xz) xzcat "$file" | run_sql ;;
            *.sql.zst) zstd -dc "$file" | run_sql ;;
            *) echo "$0: ignoring $file" ;;
        esac
    done
}

wants_help() {
    local argument
    for argument; do
        case $argument in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
    done
    return 1
}

shopt -s nullglob
if [ "${1:0:1}" = - ]; then
    set -- postgres "$@"
fi
if [ "${1:-}" = postgres ] && ! wants_help "$@"; then
    prepare_folders
    if [ "$(id -u)" = 0 ]; then
        exec setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/var/lib/postgresql "$0" "$@"
    fi
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        from_file POSTGRES_PASSWORD
        from_file POSTGRES_USER postgres
        from_file POSTGRES_DB "$POSTGRES_USER"
        from_file POSTGRES_INITDB_ARGS
        from_file POSTGRES_HOST_AUTH_METHOD
        check_password
        make_cluster
        start_privately "${@:2}"
        create_database
        run_init_files
        pg_ctl -D "$PGDATA" -m fast -w stop
        unset PGPASSWORD
        echo "PostgreSQL init process complete; ready for start up."
    else
        echo "PostgreSQL Database directory appears to contain a database; Skipping initialization"
    fi
fi
exec "$@"
