"""The encoder: lines for rows, or sheets of many.

It is on the path of every answer, so what is the same is written once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_core import to_json

from hookline.ids import new_ids
from hookline.predlog.encode.answered import Answered
from hookline.predlog.encode.clock import Clock
from hookline.predlog.encode.features import FeatureView
from hookline.predlog.encode.hashing import Digest
from hookline.predlog.encode.lines import Lines
from hookline.predlog.encode.sheets import SHEET_FROM, Sheets

if TYPE_CHECKING:
    from hookline.contract import Contract

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
        self._clock = clock or Clock()
        view = FeatureView(contract, id_name=id_name, digest=digest)
        facts = {"model_id": model.model_id, "model_version": model.version, "model_created": model.created}
        told = to_json(facts).decode()[1:-1]
        self._lines = Lines(view, id_name=id_name, facts=told, classes=model.classes, best=best)
        self._sheets = Sheets(view, id_name=id_name, facts=facts, classes=model.classes, best=best)

    def __call__(self, *calls: Answered) -> bytes:
        """Write the records of answers that are given now, each part of them by one call of the model."""
        at, data = self._clock(), b""
        for answered in calls:
            if len(answered.rows) < SHEET_FROM:
                data += self._lines(at, answered)
            else:
                data += b"".join(self._sheets(at, answered))
        return data

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
