"""Write a draft as features.yaml, with what was seen beside it as comments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hookline.contract.infer.draft import ColumnDraft, Draft
from hookline.words import counted, listed
from hookline.yamltext import as_yaml

__all__ = ["draft_text"]

_COMMENTS_AT = 34
_WIDTH = 100


def draft_text(draft: Draft) -> str:
    """Return the text of features.yaml; what is left out stands in it as comments."""
    rows = ("" if draft.complete else "the first ") + counted(draft.rows, "row")
    source = f"{rows} of {_one_line(draft.reading.path.name)}{_how(draft)}"
    lines = [
        "# Yours: what a request holds. See docs/contract.md for everything a feature may say.",
        f"# Drafted from {source}; look through it before training.",
        _beside(f"task: {draft.task}", draft.task_reason),
        *(f"# {_one_line(note)}" for note in draft.target_notes),
        f"target_label: {as_yaml(draft.target)}",
        "input_features:",
    ]
    for column in draft.columns:
        lines += _left_out(column) if column.left_out else _feature(column)
    return "\n".join(lines) + "\n"


def _how(draft: Draft) -> str:
    words = []
    if draft.reading.separator != ",":
        words.append(f"separator {draft.reading.separator!r}")
    if draft.reading.decimal != ".":
        words.append(f"decimal {draft.reading.decimal!r}")
    if draft.reading.texts:
        words.append(f"as text, for zeros in front or points in thousands: {listed(draft.reading.texts)}")
    return f" ({', '.join(words)})" if words else ""


def _feature(column: ColumnDraft) -> Iterator[str]:
    for note in column.notes:
        yield f"  # {_one_line(note)}"
    first, *others = _declaration(column.declaration)
    yield _beside(f"  - {first}", column.facts)
    for line in others:
        yield f"    {line}"


def _left_out(column: ColumnDraft) -> Iterator[str]:
    yield f"  # Left out: {_one_line(column.left_out or '')}"
    # What is no feature needs no example, and an identifier may be a person's.
    declaration = {word: value for word, value in column.declaration.items() if word != "example"}
    first, *others = _declaration(declaration)
    yield _beside(f"  # - {first}", column.facts)
    for line in others:
        yield f"  #   {line}"


def _declaration(declaration: dict[str, Any]) -> Iterator[str]:
    for word, value in declaration.items():
        if (word, value) == ("type", "float"):
            continue
        if not isinstance(value, list):
            yield f"{word}: {as_yaml(value)}"
            continue
        flow = f"{word}: {as_yaml(value)}"
        if len(flow) <= _WIDTH:
            yield flow
        else:
            yield f"{word}:"
            yield from (f"  - {as_yaml(item)}" for item in value)


def _beside(line: str, comment: str) -> str:
    return f"{line:<{_COMMENTS_AT}}  # {_one_line(comment)}" if comment else line


def _one_line(text: str) -> str:
    """Keep what comes from the data from ending the comment that it stands in."""
    return "".join(char if char.isprintable() else " " for char in text)
