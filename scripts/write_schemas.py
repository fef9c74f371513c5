"""Write docs/schemas/ anew from the code: `python scripts/write_schemas.py`."""

from __future__ import annotations

from pathlib import Path

from odoo_gate.cli.schemas import schemas

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "schemas"

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    texts = schemas()
    for stale in {path.name for path in FOLDER.glob("*.json")} - texts.keys():
        (FOLDER / stale).unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, "utf-8")
