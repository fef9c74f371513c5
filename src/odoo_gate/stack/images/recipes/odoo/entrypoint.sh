#!/bin/bash
# Starts Odoo once its PostgreSQL answers. HOST, PORT, USER and PASSWORD (or PASSWORD_FILE) name the database server;
# a value in the configuration file wins over them.
set -euo pipefail

if [ -n "${PASSWORD_FILE:-}" ]; then
    PASSWORD=$(<"$PASSWORD_FILE")
fi
: "${HOST:=${DB_PORT_5432_TCP_ADDR:-db}}"
: "${PORT:=${DB_PORT_5432_TCP_PORT:-5432}}"
: "${USER:=${DB_ENV_POSTGRES_USER:-${POSTGRES_USER:-odoo}}}"
: "${PASSWORD:=${DB_ENV_POSTGRES_PASSWORD:-${POSTGRES_PASSWORD:-odoo}}}"

database=()
database_option() {
    local name=$1 value=$2 configured
    configured=$(sed -nE "s/^[[:space:]]*$name[[:space:]]*=[[:space:]]*(.*[^[:space:]])[[:space:]]*$/\1/p" "$ODOO_RC" \
        2> /dev/null | tail -n 1)
    database+=("--$name" "${configured:-$value}")
}
database_option db_host "$HOST"
database_option db_port "$PORT"
database_option db_user "$USER"
database_option db_password "$PASSWORD"

case ${1:-} in
    -- | odoo)
        shift
        if [ "${1:-}" = scaffold ]; then
            exec odoo "$@"
        fi
        wait-for-psql.py "${database[@]}" --timeout=30
        exec odoo "$@" "${database[@]}"
        ;;
    -*)
        wait-for-psql.py "${database[@]}" --timeout=30
        exec odoo "$@" "${database[@]}"
        ;;
    *)
        exec "$@"
        ;;
esac
