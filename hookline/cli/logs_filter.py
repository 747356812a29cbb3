"""The options by which commands choose predictions."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

import typer

from hookline.config import Settings
from hookline.predlog.query.database import database_of
from hookline.predlog.query.filter import Filter, read_filter
from hookline.project import open_project

__all__ = ["ClassName", "Flag", "Id", "PredictionId", "Since", "Text", "Until", "Version", "chosen", "opened"]

Since: TypeAlias = Annotated[str, typer.Option(metavar="TIME", help="from then on: 15m, 24h, 7d or a date")]
Until: TypeAlias = Annotated[str, typer.Option(metavar="TIME", help="before then")]
Version: TypeAlias = Annotated[
    str, typer.Option("--version", metavar="VERSION", help="of this model version")
]
ClassName: TypeAlias = Annotated[
    str, typer.Option("--class", metavar="CLASS", help="answered with this class")
]
Id: TypeAlias = Annotated[str, typer.Option("--id", metavar="ID", help="of this caller's ID")]
PredictionId: TypeAlias = Annotated[str, typer.Option("--prediction-id", metavar="ID", help="this one")]
Flag: TypeAlias = Annotated[str, typer.Option(metavar="FLAG", help="with this flag: unknown, default:age")]
Text: TypeAlias = Annotated[str, typer.Option(metavar="TEXT", help="with this text anywhere in the record")]


def opened(project: Path) -> tuple[Settings, Path]:
    """Return the project's settings, and the path of its log."""
    found = open_project(project)
    return found.settings, database_of(found.settings, found.root)


def chosen(settings: Settings, **words: str) -> Filter:
    """Make a filter of the options."""
    return read_filter(words, time.time_ns() // 1000, ZoneInfo(settings.prediction_log.timezone))
