"""Few rows → a line for each, which says everything about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from hookline.predlog.encode.answered import Answered
from hookline.predlog.encode.features import FeatureView
from hookline.predlog.record import Outcomes

if TYPE_CHECKING:
    from hookline.types import Prediction

__all__ = ["Lines"]


class Lines:
    """Write the lines of one model's answers."""

    __slots__ = ("_facts", "_id_name", "_told", "_view")

    def __init__(
        self, view: FeatureView, *, id_name: str, facts: bytes, told: Callable[[Prediction], Outcomes]
    ) -> None:
        self._view = None if view.plain and not id_name else view
        self._id_name = id_name
        self._facts = facts
        self._told = told

    def __call__(self, answered: Answered) -> Iterator[bytes]:
        """Return the lines."""
        at, rows, prediction, start, ids, requests = answered
        outcome, view, id_name = self._told(prediction), self._view, self._id_name
        place = 0
        for request_id, door, ms, first, count in requests:
            head = b'","request_id":%b,"row":' % to_json(request_id)
            middle = b',"at":"%b",%b,"door":"%b","id":' % (at.encode(), self._facts, door.encode())
            tail = b',"ms":%.3f}\n' % ms
            for number in range(first, first + count):
                row = rows[place]
                features, flags = (row, ()) if view is None else view(row)
                parts: dict[str, Any] = {"features": features}
                outcome(start + place, parts)
                if flags:
                    parts["flags"] = flags
                name = row.get(id_name) if id_name else None
                yield b'{"kind":"prediction","prediction_id":"%b%b%d%b%b,%b%b' % (
                    ids[place].encode(),
                    head,
                    number,
                    middle,
                    b"null" if name is None else to_json(str(name)),
                    to_json(parts, inf_nan_mode="null")[1:-1],
                    tail,
                )
                place += 1
