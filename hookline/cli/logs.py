"""`hookline logs`: what the service predicted."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from hookline.cli.logs_filter import (
    ClassName,
    Flag,
    Id,
    PredictionId,
    Since,
    Text,
    Until,
    Version,
    chosen,
    opened,
)
from hookline.cli.logs_verify import verify
from hookline.cli.output import JsonFlag, ProjectDir, print_json, print_table, say
from hookline.errors import NoLogError
from hookline.predlog.query.database import reading
from hookline.predlog.query.page import MOST, Entry
from hookline.predlog.query.times import text_of

__all__ = ["app"]

app = typer.Typer(help="Look at what was predicted, take it out, remove it.", no_args_is_help=True)
app.command()(verify)

_EVERY = 0.5
_TITLES = ("time", "answer", "id", "flags", "truth", "version", "prediction id")


@app.command()
def query(  # noqa: PLR0917 - typer passes them by name
    project: ProjectDir = Path(),
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=MOST, help="at most so many")] = 20,
    since: Since = "",
    until: Until = "",
    version: Version = "",
    class_name: ClassName = "",
    id_: Id = "",
    prediction_id: PredictionId = "",
    flag: Flag = "",
    text: Text = "",
    as_json: Annotated[bool, typer.Option("--json", help="print the records, one a line")] = False,
) -> None:
    """Show the newest predictions that match."""
    from hookline.predlog.query.collect import collect  # noqa: PLC0415 - help starts without it

    settings, path = opened(project)
    wanted = chosen(
        settings,
        since=since,
        until=until,
        model_version=version,
        class_name=class_name,
        id=id_,
        prediction_id=prediction_id,
        flag=flag,
        text=text,
    )
    _show(collect(path, wanted, limit), ZoneInfo(settings.prediction_log.timezone), as_json=as_json)


@app.command()
def tail(  # noqa: PLR0917 - see above
    project: ProjectDir = Path(),
    count: Annotated[int, typer.Option("--lines", "-n", min=0, max=MOST, help="begin with so many")] = 10,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", "-f", help="go on with what comes")] = True,
    version: Version = "",
    class_name: ClassName = "",
    id_: Id = "",
    flag: Flag = "",
    text: Text = "",
    as_json: Annotated[bool, typer.Option("--json", help="print the records, one a line")] = False,
) -> None:
    """Show predictions as they come, oldest first; Ctrl-C ends it."""
    from hookline.predlog.query.collect import Arrivals  # noqa: PLC0415 - see above

    settings, path = opened(project)
    wanted = chosen(settings, model_version=version, class_name=class_name, id=id_, flag=flag, text=text)
    zone, arrivals = ZoneInfo(settings.prediction_log.timezone), Arrivals(wanted)
    if not follow:
        with reading(path) as connection:
            _lines(arrivals.begin(connection, count), zone, as_json=as_json)
        return
    while True:
        try:
            with reading(path) as connection:
                begun = arrivals.begun
                found = arrivals.more(connection) if begun else arrivals.begin(connection, count)
            _lines(found, zone, as_json=as_json)
        except NoLogError:
            pass  # it comes with the first prediction
        time.sleep(_EVERY)


@app.command()
def stats(  # noqa: PLR0917 - see above
    project: ProjectDir = Path(),
    since: Since = "",
    until: Until = "",
    version: Version = "",
    class_name: ClassName = "",
    as_json: JsonFlag = False,
) -> None:
    """Count predictions by class, and show how fast they were."""
    from hookline.predlog.query.summary import summary  # noqa: PLC0415 - see above

    settings, path = opened(project)
    wanted = chosen(settings, since=since, until=until, model_version=version, class_name=class_name)
    with reading(path) as connection:
        found = summary(connection, wanted, ZoneInfo(settings.prediction_log.timezone))
    if as_json:
        print_json(found)
        return
    words = [
        (name, "" if value is None else str(value)) for name, value in found.items() if name != "classes"
    ]
    print_table(("", ""), words)
    if found["classes"]:
        print_table(
            ("class", "predictions", "share"),
            [(one["class_name"], f"{one['count']:,}", f"{one['share']:.1%}") for one in found["classes"]],
        )


@app.command()
def export(  # noqa: PLR0917 - see above
    project: ProjectDir = Path(),
    form: Annotated[str, typer.Option("--format", help="jsonl, csv or parquet", show_default="by FILE")] = "",
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="where to", show_default="standard output"),
    ] = None,
    since: Since = "",
    until: Until = "",
    version: Version = "",
    class_name: ClassName = "",
    id_: Id = "",
    flag: Flag = "",
    text: Text = "",
) -> None:
    """Write all predictions that match, newest first, with the truth that is known of each."""
    from hookline.predlog.query.output import write_export  # noqa: PLC0415 - see above

    settings, path = opened(project)
    wanted = chosen(
        settings,
        since=since,
        until=until,
        model_version=version,
        class_name=class_name,
        id=id_,
        flag=flag,
        text=text,
    )
    count = write_export(path, wanted, form, file)
    if file is not None:
        say(f"{count:,} predictions in {file}")


@app.command()
def erase(
    id_: Annotated[str, typer.Option("--id", metavar="ID", help="whose records, by the caller's ID")],
    project: ProjectDir = Path(),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Remove what is kept of one person: predictions and truths, from the journal and the database."""
    from hookline.predlog.erase.erase import erase as remove  # noqa: PLC0415 - see above
    from hookline.project import open_project  # noqa: PLC0415 - see above

    found = open_project(project)
    if not yes:
        typer.confirm(f"Remove everything that is kept of {id_!r}? It cannot be brought back.", abort=True)
    done = remove(found.settings, found.root, id_)
    if as_json:
        print_json(done.as_json())
        return
    for line in done.lines():
        say(line)


def _show(entries: Sequence[Entry], zone: ZoneInfo, *, as_json: bool) -> None:
    if as_json:
        _lines(entries, zone, as_json=True)
    elif entries:
        print_table(_TITLES, [_cells(entry, zone) for entry in entries])
    else:
        say("no prediction matches")


def _lines(entries: Iterable[Entry], zone: ZoneInfo, *, as_json: bool) -> None:
    from hookline.predlog.query.export import written  # noqa: PLC0415 - see above

    for entry in entries:
        say(written(entry) if as_json else "  ".join(filter(None, _cells(entry, zone))))


def _cells(entry: Entry, zone: ZoneInfo) -> list[str]:
    from hookline.predlog.query.shown import readable  # noqa: PLC0415 - see above

    record: dict[str, Any] = entry.record
    answer = record.get("class_name", record.get("value"))
    return [
        text_of(entry.place.at, zone)[:23].replace("T", " "),
        readable(answer),
        "" if record.get("id") is None else readable(record["id"]),
        readable(" ".join(record.get("flags") or ())),
        "" if entry.truth is None else readable(entry.truth.actual),
        readable(record.get("model_version")),
        entry.place.prediction_id,
    ]
