"""Starts the agent when its directory is given to `python3`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)
importlib.import_module(HERE.name + ".server").main()
