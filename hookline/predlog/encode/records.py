"""The encoder: lines for rows, or sheets of many.

It is on the path of every answer, so what is the same is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from hookline.ids import new_ids
from hookline.predlog.encode.clock import Clock
from hookline.predlog.encode.features import FeatureView, Row
from hookline.predlog.encode.hashing import Digest
from hookline.predlog.encode.outcome import Outcomes, outcomes
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
    """Collect the lines of answers that are given at one time, most of them by one call of the model."""

    __slots__ = (
        "_at",
        "_features",
        "_id_name",
        "_ids",
        "_lines",
        "_middle",
        "_prediction",
        "_requests",
        "_rows",
    )
    __slots__ += ("_sheets", "_start", "_told")

    def __init__(
        self,
        at: str,
        facts: bytes,
        *,
        features: FeatureView,
        id_name: str,
        told: Callable[[Prediction], Outcomes],
        sheets: Sheets,
    ) -> None:
        self._at = at
        self._middle = b',"at":"%b",%b,"door":"' % (at.encode(), facts)
        self._features = None if features.plain and not id_name else features
        self._id_name = id_name
        self._told = told
        self._sheets = sheets
        self._lines: list[bytes] = []
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
        if prediction is not self._prediction or start != self._start + len(self._rows):
            self._write()
            self._prediction, self._start = prediction, start
        self._rows += rows
        self._ids += ids
        self._requests.append((request_id, door, round(ms, 3), 0, len(rows)))

    def __bytes__(self) -> bytes:
        """Return the lines."""
        self._write()
        return b"".join(self._lines)

    def _write(self) -> None:
        """Write what one call of the model answered."""
        prediction, rows, ids, requests = self._prediction, self._rows, self._ids, self._requests
        if prediction is None:
            return
        self._prediction, self._rows, self._ids, self._requests = None, [], [], []
        if len(rows) >= SHEET_FROM:
            self._lines += self._sheets(self._at, rows, prediction, self._start, ids=ids, requests=requests)
        else:
            self._write_lines(rows, prediction, ids, requests)

    def _write_lines(
        self, rows: Sequence[Row], prediction: Prediction, ids: Sequence[str], requests: Sequence[Request]
    ) -> None:
        outcome, show, id_name = self._told(prediction), self._features, self._id_name
        place = 0
        for request_id, door, ms, first, count in requests:
            head = b'","request_id":%b,"row":' % to_json(request_id)
            middle = b'%b%b","id":' % (self._middle, door.encode())
            tail = b',"ms":%.3f}\n' % ms
            for number in range(first, first + count):
                row = rows[place]
                features, flags = (row, ()) if show is None else show(row)
                parts: dict[str, Any] = {"features": features}
                outcome(self._start + place, parts)
                if flags:
                    parts["flags"] = flags
                name = row.get(id_name) if id_name else None
                self._lines.append(
                    b'{"kind":"prediction","prediction_id":"%b%b%d%b%b,%b%b'
                    % (
                        ids[place].encode(),
                        head,
                        number,
                        middle,
                        b"null" if name is None else to_json(str(name)),
                        to_json(parts, inf_nan_mode="null")[1:-1],
                        tail,
                    )
                )
                place += 1


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
        self._id_name = id_name
        self._told = partial(outcomes, classes=model.classes, best=best)
        self._features = FeatureView(contract, id_name=id_name, digest=digest)
        self._clock = clock or Clock()
        facts = {"model_id": model.model_id, "model_version": model.version, "model_created": model.created}
        self._facts = to_json(facts)[1:-1]
        self._sheets = Sheets(self._features, id_name=id_name, facts=facts, classes=model.classes, best=best)

    def page(self) -> Page:
        """Begin the records of answers that are given now."""
        return Page(
            self._clock(),
            self._facts,
            features=self._features,
            id_name=self._id_name,
            told=self._told,
            sheets=self._sheets,
        )

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
