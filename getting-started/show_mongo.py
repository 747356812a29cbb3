"""Managed by hookline. Shows the newest predictions in MongoDB: `show_mongo.py [HOW MANY] [PROJECT]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pymongo.errors import PyMongoError
from rich.console import Console
from rich.table import Table

from hookline.config import load_settings
from hookline.errors import HooklineError
from hookline.predlog.sinks.mongodb.target import Target

COLUMNS = ("at_local", "model_version", "id", "class_1", "proba_1", "value", "flags", "_id")


def main(words: list[str]) -> int:
    """Print the newest predictions, newest first."""
    count = int(words[0]) if words else 20
    root = Path(words[1]) if len(words) > 1 else Path(__file__).resolve().parent.parent
    try:
        target = Target.of(load_settings(root, os.environ).prediction_log)
        with target.client() as client:
            collection = target.open(client)
            found = list(collection.find({"kind": "prediction"}).sort("at", -1).limit(count))
            total = collection.count_documents({"kind": "prediction"})
    except (HooklineError, PyMongoError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    shown = [column for column in COLUMNS if any(document.get(column) is not None for document in found)]
    table = Table(*shown, caption=f"{len(found)} of {total} predictions in {target}")
    for document in found:
        table.add_row(*(_text(document.get(column)) for column in shown))
    Console().print(table)
    return 0


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    # Square brackets mean something to the table; callers may send them.
    text = " ".join(map(str, value)) if isinstance(value, list) else str("" if value is None else value)
    return text.replace("[", "\\[")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
