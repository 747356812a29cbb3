"""`hookline predict`: answer a few rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hookline.cli.output import ProjectDir, print_json, print_table, say
from hookline.errors import DataError
from hookline.project import open_project

if TYPE_CHECKING:
    from hookline.scoring.predict import RefusedError

__all__ = ["predict"]


def predict(  # noqa: PLR0917 - typer passes them by name
    file: Annotated[str, typer.Argument(help="JSON, JSON lines, CSV or Parquet; - reads from a pipe")],
    project: ProjectDir = Path(),
    proba: Annotated[bool, typer.Option("--proba", help="answer with the probability of each class")] = False,
    model: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="version that answers", show_default="the current one"),
    ] = None,
    url: Annotated[str | None, typer.Option(help="ask the service there, such as http://host:5000")] = None,
    key: Annotated[str | None, typer.Option(envvar="HOOKLINE_API_KEY", help="API key for --url")] = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="json, jsonl, csv or parquet", show_default="found out")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print a JSON object per row")] = False,
) -> None:
    """Answer the rows of a file as the service would: all of them, or none if one is refused."""
    from hookline.scoring.predict import RefusedError  # noqa: PLC0415 - help starts without it

    try:
        answers = _answers(file, project, proba=proba, model=model, url=url, key=key, format_=format_)
    except RefusedError as error:
        _show_faults(error, as_json=as_json)
        raise typer.Exit(1) from None
    if as_json:
        for answer in answers:
            say(json.dumps(answer, ensure_ascii=False, allow_nan=False))
    else:
        _show(answers)


def _answers(
    file: str,
    folder: Path,
    *,
    proba: bool,
    model: str | None,
    url: str | None,
    key: str | None,
    format_: str | None,
) -> list[dict[str, Any]]:
    from hookline.client.contract import served_contract  # noqa: PLC0415 - help starts without it
    from hookline.scoring.predict import predict as predict_here  # noqa: PLC0415 - see above
    from hookline.scoring.remote import predict_remotely  # noqa: PLC0415 - see above
    from hookline.scoring.rowfile import request_body, row_format  # noqa: PLC0415 - see above

    data = _read(file)
    kind = row_format(format_, file, data)
    # JSON for a service elsewhere needs no project; a table does, to tell numbers from text.
    project = open_project(folder) if kind in ("csv", "parquet") or url is None else None
    if project is None:
        return predict_remotely(str(url), request_body(data, kind), key=key, proba=proba)
    contract = served_contract(project, model)
    body = request_body(data, kind, contract, project.settings.service.ID_NAME)
    if url is not None:
        return predict_remotely(url, body, key=key, proba=proba)
    return predict_here(project, body, proba=proba, model=model)


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}") from error


def _show(answers: Sequence[dict[str, Any]]) -> None:
    if not answers:
        return
    rows = [_flat(answer) for answer in answers]
    print_table(tuple(rows[0]), [tuple(row.values()) for row in rows])


def _flat(answer: dict[str, Any]) -> dict[str, Any]:
    """Put the probabilities in columns of their own."""
    plain = {name: value for name, value in answer.items() if name not in ("class_names", "probabilities")}
    shares = zip(answer.get("class_names", ()), answer.get("probabilities", ()), strict=True)
    return plain | {name: f"{share:.4f}" for name, share in shares}


def _show_faults(error: RefusedError, *, as_json: bool) -> None:
    if as_json:
        faults = [{"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in error.faults]
        print_json({"detail": str(error), "errors": faults})
    sys.stderr.write("error: the rows are refused\n")
    for fault in error.faults:
        _, row, field = (*fault.pointer.split("/", 2), "", "")[:3]
        place = ", ".join(word for word in (f"row {row}" if row else "", field) if word)
        sys.stderr.write(f"  {place}: {fault.detail}\n" if place else f"  {fault.detail}\n")
    if not error.faults:
        sys.stderr.write(f"  {error}\n")
