"""The encoder: lines for rows, or sheets of many.

It is on the path of every answer, so what is the same is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from hookline.ids import new_ids
from hookline.predlog.encode.clock import Clock
from hookline.predlog.encode.features import FeatureView
from hookline.predlog.encode.hashing import Digest
from hookline.predlog.encode.outcome import Outcomes, outcomes
from hookline.predlog.encode.sheets import SHEET_FROM, Sheets

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

    __slots__ = ("_at", "_features", "_id_name", "_last", "_lines", "_middle", "_outcome", "_sheet", "_told")

    def __init__(
        self,
        at: str,
        facts: bytes,
        *,
        features: FeatureView,
        id_name: str,
        told: Callable[[Prediction], Outcomes],
        sheet: Callable[..., Iterable[bytes]],
    ) -> None:
        self._at = at
        self._middle = b',"at":"%b",%b,"door":"' % (at.encode(), facts)
        self._sheet = sheet
        self._features = None if features.plain and not id_name else features
        self._id_name = id_name
        self._told = told
        self._last: Prediction | None = None
        self._outcome: Outcomes
        self._lines: list[bytes] = []

    def add(
        self,
        rows: Sequence[Mapping[str, Any]],
        prediction: Prediction,
        start: int,
        *,
        ids: Sequence[str],
        request_id: str,
        door: str,
        ms: float,
    ) -> None:
        """Add a line for each of `rows`, which are answered by the rows of `prediction` from `start` on."""
        if len(rows) >= SHEET_FROM:
            self._lines += self._sheet(
                rows, prediction, start, ids=ids, request_id=request_id, at=self._at, door=door, ms=ms
            )
            return
        if prediction is not self._last:
            self._last, self._outcome = prediction, self._told(prediction)
        outcome, show, id_name = self._outcome, self._features, self._id_name
        head = b'","request_id":%b,"row":' % to_json(request_id)
        middle = b'%b%b","id":' % (self._middle, door.encode())
        tail = b',"ms":%.3f}\n' % ms
        for number, row in enumerate(rows):
            features, flags = (row, ()) if show is None else show(row)
            parts: dict[str, Any] = {"features": features}
            outcome(start + number, parts)
            if flags:
                parts["flags"] = flags
            name = row.get(id_name) if id_name else None
            self._lines.append(
                b'{"kind":"prediction","prediction_id":"%b%b%d%b%b,%b%b'
                % (
                    ids[number].encode(),
                    head,
                    number,
                    middle,
                    b"null" if name is None else to_json(str(name)),
                    to_json(parts, inf_nan_mode="null")[1:-1],
                    tail,
                )
            )

    def __bytes__(self) -> bytes:
        """Return the lines."""
        return b"".join(self._lines)


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
        self._sheet = Sheets(self._features, id_name=id_name, facts=facts, classes=model.classes, best=best)

    def page(self) -> Page:
        """Begin the records of answers that are given now."""
        return Page(
            self._clock(),
            self._facts,
            features=self._features,
            id_name=self._id_name,
            told=self._told,
            sheet=self._sheet,
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
