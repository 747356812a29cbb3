"""Managed by hookline. Shows the newest predictions in MongoDB: `show_mongo.py [HOW MANY] [PROJECT]`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pymongo.errors import PyMongoError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hookline.config import load_settings
from hookline.errors import HooklineError
from hookline.predlog.sinks.mongodb.target import Target

COLUMNS = ("at_local", "model_version", "id", "class_1", "proba_1", "value", "flags", "_id")


def main(words: list[str]) -> int:
    """Print the newest predictions, newest first."""
    parser = argparse.ArgumentParser(prog="show_mongo.py")
    parser.add_argument("count", type=int, nargs="?", default=20)
    parser.add_argument("project", type=Path, nargs="?", default=Path(__file__).resolve().parent.parent)
    given = parser.parse_args(words)
    try:
        target = Target.of(load_settings(given.project, os.environ).prediction_log)
        with target.client() as client:
            collection = target.open(client)
            found = list(collection.find({"kind": "prediction"}).sort("at", -1).limit(given.count))
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


def _text(value: object) -> Text:
    """Write a value; as it is, for callers may send what means something to a table or a terminal."""
    if isinstance(value, float):
        return Text(f"{value:.4g}")
    text = " ".join(map(str, value)) if isinstance(value, list) else str("" if value is None else value)
    return Text("".join(letter if letter.isprintable() else "�" for letter in text))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
