"""A row that was answered alone → its line, which says everything about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json

from hookline.predlog.encode.answered import Answered
from hookline.predlog.encode.features import FeatureView
from hookline.predlog.encode.outcome import outcome

__all__ = ["Lines"]


class Lines:
    """Write the lines of one model's answers."""

    __slots__ = ("_best", "_classes", "_facts", "_id_name", "_view")

    def __init__(
        self, view: FeatureView, *, id_name: str, facts: str, classes: Sequence[str], best: int
    ) -> None:
        self._view = None if view.plain and not id_name else view
        self._id_name = id_name
        self._facts = facts
        self._classes = classes
        self._best = best

    def __call__(self, at: str, answered: Answered) -> bytes:
        """Return the line of the one row."""
        (row,), prediction, (own_id,), ((request_id, door, ms, number, _),) = answered
        view, id_name = self._view, self._id_name
        features, flags = (row, ()) if view is None else view(row)
        parts: dict[str, Any] = {"features": features}
        outcome(prediction, parts, classes=self._classes, best=self._best)
        if flags:
            parts["flags"] = flags
        name = row.get(id_name) if id_name else None
        who = "null" if name is None else to_json(str(name)).decode()
        told = to_json(parts, inf_nan_mode="null").decode()[1:-1]
        # By one text: the line is on the path of every answer, and a call for each part would cost more.
        return (
            f'{{"kind":"prediction","prediction_id":"{own_id}","request_id":{to_json(request_id).decode()},'
            f'"row":{number},"at":"{at}",{self._facts},"door":"{door}","id":{who},{told},"ms":{ms:.3f}}}\n'
        ).encode()
