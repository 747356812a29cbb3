"""A new project from a table: contract, loader and hooks, drafted so that training works at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from hookline.config.values import IdName
from hookline.contract.infer import draft_text
from hookline.scaffold.choose import Choice, choose
from hookline.scaffold.drafted import Drafted, draft_table
from hookline.scaffold.loader_text import loader_text
from hookline.scaffold.pytext import spelled
from hookline.scaffold.request import REQUEST, request_text
from hookline.scaffold.settings import settings_text
from hookline.scaffold.train_text import train_text
from hookline.scaffold.yours import Yours
from hookline.types import Task
from hookline.words import counted, listed

__all__ = ["from_data"]

SMALL = 10 * 1024**2
"""A file of so many bytes is copied into the project; a larger one stays where it is."""
_RARE = 0.1


def from_data(file: Path, target: str, id: str | None = None, task: Task | None = None) -> Yours:  # noqa: A002 - the option's name
    """Draft the owner's files for predicting the column `target` of a CSV or Parquet file."""
    drafted = draft_table(file, target, identifiers=[id] if id else [], task=task)
    choice = choose(drafted)
    copied = file.stat().st_size <= SMALL
    location = (
        f'Path(__file__).resolve().parents[2] / "data" / {spelled(file.name)}'
        if copied
        else f"Path({spelled(str(file.resolve()))})"
    )
    files: dict[str, str | bytes] = {
        "source/data/data_loader.py": loader_text(drafted, location),
        "source/model/features.yaml": draft_text(drafted.draft),
        "source/model/train.py": train_text(drafted, choice.chosen, choice.beside, choice.remark),
    }
    files[REQUEST] = request_text(drafted.draft.contract)
    if copied:
        files[f"data/{file.name}"] = file.read_bytes()
    if id and _may_name_rows(id):
        files["config.yaml"] = settings_text({"service.ID_NAME": id})
    return Yours(file.name, files, tuple(_notes(drafted, choice, file, id, copied=copied)))


def _may_name_rows(column: str) -> bool:
    try:
        TypeAdapter(IdName).validate_python(column)
    except ValidationError:
        return False
    return True


def _notes(
    drafted: Drafted, choice: Choice, file: Path, identifier: str | None, *, copied: bool
) -> Iterator[str]:
    draft = drafted.draft
    yield f"{draft.task} of {draft.target}: {draft.task_reason}."
    for column in draft.left_out:
        if column.name != identifier:
            yield f"Left out {column.name}: {column.left_out}."
    remarked = [column.name for column in draft.features if column.notes]
    if remarked:
        yield f"features.yaml has remarks on {listed(remarked)}: decide what they ask."
    yield from _on_reading(drafted)
    if identifier and _may_name_rows(identifier):
        yield f"{identifier} names the rows (service.ID_NAME in config.yaml): it is logged, no feature."
    elif identifier:
        yield f"{identifier!r} cannot be service.ID_NAME in config.yaml: requests need another name for it."
    yield from _on_classes(drafted)
    yield _on_choice(choice)
    if copied:
        yield f"{file.name} is copied to data/ and in the project's history: think of personal data in it."
    else:
        yield f"{file.name} is large: the loader reads it where it is; see source/data/data_loader.py."


def _on_reading(drafted: Drafted) -> Iterator[str]:
    if drafted.without_target:
        yield f"The loader leaves out {counted(drafted.without_target, 'row')} without a target."
    if drafted.infinite:
        yield "The loader takes infinity for null: no request can hold it."
    if read := [*drafted.notations.numbers, *drafted.notations.times]:
        yield (
            f"The loader reads {listed(read, 12)}, written for people; "
            "requests hold plain numbers and ISO times."
        )
    if texts := drafted.draft.reading.texts:
        yield (
            f"The loader reads {listed(texts, 12)} as text: zeros in front make codes of digits, "
            "and beside decimal commas a point may part thousands."
        )
    if drafted.times:
        yield (
            f"Times ({listed(drafted.times)}) are spelled as numbers by process_X, in Python: "
            "such a model is served as it is, not as a compiled graph."
        )


def _on_classes(drafted: Drafted) -> Iterator[str]:
    if drafted.draft.task != "classification":
        return
    shares = drafted.frame[drafted.draft.target].value_counts(normalize=True)
    if len(shares) == 2 and shares.iloc[-1] < _RARE:
        yield (
            f"Only {shares.iloc[-1]:.1%} of the rows are {shares.index[-1]}: accuracy says little then, "
            "go by ROC-AUC and balanced accuracy."
        )


def _on_choice(choice: Choice) -> str:
    if not choice.scores:
        return f"The model is {choice.chosen.cls}: too few rows to try others on."
    scores = ", ".join(f"{name} {score:.3g}" for name, score in choice.scores.items())
    said = (
        f"The model is {choice.chosen.cls}, by {choice.measure} on {counted(choice.rows, 'row')}: {scores}."
    )
    if next(iter(choice.scores)) == "guessing":
        return f"{said} None is better than guessing: these columns say next to nothing of the target."
    return said
