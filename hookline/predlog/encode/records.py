"""The encoder: lines for rows, or sheets of many.

It is on the path of every answer, so what is the same is written once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pydantic_core import to_json

from hookline.ids import new_ids
from hookline.predlog.encode.answered import Answered
from hookline.predlog.encode.clock import Clock
from hookline.predlog.encode.features import FeatureView, Row
from hookline.predlog.encode.hashing import Digest
from hookline.predlog.encode.lines import Lines
from hookline.predlog.encode.outcome import outcomes
from hookline.predlog.encode.sheets import SHEET_FROM, Sheets
from hookline.predlog.sheet import Request

if TYPE_CHECKING:
    from hookline.contract import Contract
    from hookline.types import Prediction

__all__ = ["Encoder", "ModelFacts", "Page"]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Say which model gives the answers."""

    model_id: str
    version: str
    created: str
    task: str
    classes: tuple[str, ...] = ()


class Page:
    """Collect the records of answers that are given at one time, most of them by one call of the model."""

    __slots__ = ("_at", "_done", "_ids", "_lines", "_prediction", "_requests", "_rows", "_sheets", "_start")

    def __init__(self, at: str, lines: Lines, sheets: Sheets) -> None:
        self._at = at
        self._lines = lines
        self._sheets = sheets
        self._done: list[bytes] = []
        self._prediction: Prediction | None = None
        self._start = 0
        self._rows: list[Row] = []
        self._ids: list[str] = []
        self._requests: list[Request] = []

    def add(
        self,
        rows: Sequence[Row],
        prediction: Prediction,
        start: int,
        *,
        ids: Sequence[str],
        request_id: str,
        door: str,
        ms: float,
    ) -> None:
        """Add a record for each of `rows`, which are answered by the rows of `prediction` from `start` on."""
        if prediction is self._prediction and start == self._start + len(self._rows):
            self._rows += rows
            self._ids += ids
        else:
            self._write()
            self._prediction, self._start = prediction, start
            self._rows, self._ids, self._requests = list(rows), list(ids), []
        self._requests.append((request_id, door, round(ms, 3), 0, len(rows)))

    def __bytes__(self) -> bytes:
        """Return the lines, once."""
        self._write()
        return b"".join(self._done)

    def _write(self) -> None:
        """Write what one call of the model answered."""
        if self._prediction is not None:
            write = self._sheets if len(self._rows) >= SHEET_FROM else self._lines
            self._done += write(
                Answered(self._at, self._rows, self._prediction, self._start, self._ids, self._requests)
            )
            self._prediction = None


class Encoder:
    """Write the records of one model's answers. Safe to be called by several threads at once."""

    def __init__(
        self,
        contract: Contract,
        model: ModelFacts,
        *,
        id_name: str = "",
        best: int = 3,
        digest: Digest | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._model = model
        self._clock = clock or Clock()
        view = FeatureView(contract, id_name=id_name, digest=digest)
        facts = {"model_id": model.model_id, "model_version": model.version, "model_created": model.created}
        told = partial(outcomes, classes=model.classes, best=best)
        self._lines = Lines(view, id_name=id_name, facts=to_json(facts)[1:-1], told=told)
        self._sheets = Sheets(
            view,
            id_name=id_name,
            width=len(contract.names) + 1,
            facts=facts,
            classes=model.classes,
            best=best,
        )

    def page(self) -> Page:
        """Begin the records of answers that are given now."""
        return Page(self._clock(), self._lines, self._sheets)

    def model(self) -> bytes:
        """Return the line which says that the model's answers begin here."""
        model = self._model
        content = {
            "kind": "model",
            "event_id": new_ids(1)[0],
            "at": self._clock(),
            "model_id": model.model_id,
            "model_version": model.version,
            "model_created": model.created,
            "task": model.task,
            "classes": list(model.classes),
        }
        return to_json(content) + b"\n"
