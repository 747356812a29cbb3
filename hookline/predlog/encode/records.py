"""The encoder: one line per row. It is on the path of every answer, so what is the same is written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from hookline.ids import new_ids
from hookline.predlog.encode.clock import Clock
from hookline.predlog.encode.features import FeatureView
from hookline.predlog.encode.hashing import Digest
from hookline.predlog.encode.outcome import outcomes

if TYPE_CHECKING:
    from hookline.contract import Contract
    from hookline.types import Prediction

__all__ = ["Encoder", "ModelFacts"]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Say which model gives the answers."""

    model_id: str
    version: str
    created: str
    task: str
    classes: tuple[str, ...] = ()


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
        self._best = best
        self._features = FeatureView(contract, id_name=id_name, digest=digest)
        self._clock = clock or Clock()
        self._facts = to_json(
            {"model_id": model.model_id, "model_version": model.version, "model_created": model.created}
        )[1:-1]

    def predictions(
        self,
        rows: Sequence[Mapping[str, Any]],
        prediction: Prediction,
        start: int,
        stop: int,
        *,
        ids: Sequence[str],
        request_id: str,
        door: str,
        ms: float,
    ) -> bytes:
        """Return a line for each row: rows `start` to `stop` of `prediction` answer `rows`."""
        head = b'","request_id":%b,"row":' % to_json(request_id)
        middle = b',"at":"%b",%b,"door":"%b","id":' % (self._clock().encode(), self._facts, door.encode())
        tail = b',"ms":%.3f}\n' % ms
        said = outcomes(prediction, start, stop, classes=self._model.classes, best=self._best)
        lines = []
        for number, row in enumerate(rows):
            features, flags = self._features(row)
            parts = {"features": features, **said(number)}
            if flags:
                parts["flags"] = flags
            content = to_json(parts, inf_nan_mode="null")[1:-1]
            lines.append(
                b'{"kind":"prediction","prediction_id":"%b%b%d%b%b,%b%b'
                % (ids[number].encode(), head, number, middle, self._id(row), content, tail)
            )
        return b"".join(lines)

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

    def _id(self, row: Mapping[str, Any]) -> bytes:
        """Write the caller's ID of a row as text, whether they sent a number or not."""
        given = row.get(self._id_name) if self._id_name else None
        return b"null" if given is None else to_json(str(given))
