"""`hookline contract`: show, draft and compare what requests hold."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from hookline.cli.output import JsonFlag, ProjectDir, print_json, print_table, say
from hookline.contract.describe import HEADINGS, contract_plain, contract_table
from hookline.contract.diff import diff, read_side
from hookline.errors import ContractError
from hookline.project import open_project
from hookline.types import Task
from hookline.words import counted

__all__ = ["app"]

app = typer.Typer(help="Show, draft and compare contracts (features.yaml).", no_args_is_help=True)

Declared = Annotated[
    Path, typer.Argument(help="a features.yaml, the folder of a model version, or its manifest.json")
]


@app.command()
def show(
    contract_of: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SOURCE]", help="a features.yaml or a model version", show_default="the project's"
        ),
    ] = None,
    project: ProjectDir = Path(),
    as_json: JsonFlag = False,
) -> None:
    """Show what a request holds."""
    contract = open_project(project).contract if contract_of is None else read_side(contract_of).contract
    if as_json:
        print_json(contract_plain(contract))
        return
    print_table(HEADINGS, contract_table(contract))
    say(f"{contract.task} of {contract.target_label} · {contract.fingerprint}")


@app.command()
def infer(
    data: Annotated[Path, typer.Argument(help="a CSV or Parquet file", metavar="DATA")],
    *,
    target: Annotated[str, typer.Option("--target", "-t", help="the column to predict")],
    task: Annotated[
        Task | None, typer.Option(help="what to predict", show_default="guessed from the target")
    ] = None,
    identifier: Annotated[
        list[str] | None, typer.Option("--id", help="a column that identifies a row; may be repeated")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file to write", show_default="standard output")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="overwrite the file")] = False,
    rows: Annotated[int, typer.Option(min=1, help="how many rows to look at")] = 100_000,
    as_json: JsonFlag = False,
) -> None:
    """Draft features.yaml from data."""
    # pandas takes half a second to import; no other command of this group needs it.
    from hookline.contract.infer import draft_contract, draft_text, read_data  # noqa: PLC0415

    draft = draft_contract(read_data(data, rows=rows), target, task=task, identifiers=identifier or ())
    text = draft_text(draft)
    if output is not None:
        _write(output, text, force=force)
    if as_json:
        print_json(_draft_plain(draft))
    elif output is None:
        say(text.rstrip("\n"))
    else:
        left_out = "".join(f"\n  left out {column.name}: {column.left_out}" for column in draft.left_out)
        features = counted(len(draft.features), "feature")
        say(f"wrote {output}: {draft.task} of {draft.target}, {features}{left_out}")
        say(f"look through it, then run `hookline contract show {output}`")


def _write(path: Path, text: str, *, force: bool) -> None:
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ContractError(f"{path} exists; write elsewhere, or overwrite it with --force") from error
    except OSError as error:
        raise ContractError(f"{path} cannot be written: {error.strerror}") from error


def _draft_plain(draft: Any) -> dict[str, Any]:
    plain = asdict(draft)
    plain["reading"]["path"] = str(draft.reading.path)
    if not draft.reading.texts:
        del plain["reading"]["texts"]
    return plain


@app.command(name="diff")
def compare(old: Declared, new: Declared, as_json: JsonFlag = False) -> None:
    """Tell what changes for callers; exit 1 if they must act on it."""
    changes = diff(read_side(old), read_side(new))
    breaking = sum(change.verdict == "breaking" for change in changes)
    if as_json:
        counts = {"breaking": breaking, "safe": len(changes) - breaking}
        print_json(counts | {"changes": [asdict(change) for change in changes]})
    elif not changes:
        say("no changes")
    else:
        print_table(
            ("verdict", "where", "what", "why"), [(c.verdict, c.where, c.what, c.why) for c in changes]
        )
        say(f"{breaking} breaking, {len(changes) - breaking} safe")
    if breaking:
        raise typer.Exit(1)
