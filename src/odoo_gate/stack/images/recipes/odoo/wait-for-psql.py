#!/usr/bin/python3
"""Wait until PostgreSQL accepts a connection; exit 1 when it does not within the time limit (seconds)."""

import argparse
import sys
import time

import psycopg2

parser = argparse.ArgumentParser()
parser.add_argument("--db_host", required=True)
parser.add_argument("--db_port", required=True)
parser.add_argument("--db_user", required=True)
parser.add_argument("--db_password", required=True)
parser.add_argument("--timeout", type=float, default=5)
arguments = parser.parse_args()

deadline = time.monotonic() + arguments.timeout
while True:
    try:
        psycopg2.connect(
            host=arguments.db_host,
            port=arguments.db_port,
            user=arguments.db_user,
            password=arguments.db_password,
            dbname="postgres",
            connect_timeout=5,
        ).close()
        break
    except psycopg2.OperationalError as error:
        if time.monotonic() >= deadline:
            print(f"Database connection failure: {error}", file=sys.stderr)
            sys.exit(1)
        time.sleep(0.5)
