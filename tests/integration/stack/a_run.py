"""A run in a process of its own, for the tests that interrupt it.

Usage: a_run.py CACHE FOLDER POSTGRES REDIS STEP...: does each step, prints it, then sleeps until a signal comes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from odoo_gate.stack.postgres import Tuning, start_postgres
from odoo_gate.stack.redis import start_redis
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.stack.store_server import StoreServer, postgres_major


def main(cache: str, folder: str, postgres: str, redis: str, *steps: str) -> None:
    print("begin", flush=True)
    with Run(new_run_id(), Path(folder), cache=Path(cache)) as run:
        for step in steps:
            print(f"starting {step}", flush=True)
            if step == "postgres":
                start_postgres(run, postgres, Tuning.DURABLE)
            if step == "redis":
                start_redis(run, redis)
            if step == "store":
                StoreServer(run, postgres, postgres_major(run, postgres)).join()
        print("ready", flush=True)
        time.sleep(120)


main(*sys.argv[1:])
