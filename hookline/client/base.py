"""Ask a hookline service for predictions. Standard library only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from .transport import Transport

__all__ = [
    "ClassAnswer",
    "ClassificationClient",
    "JsonRow",
    "ProbabilityAnswer",
    "RegressionClient",
    "ServiceClient",
    "ValueAnswer",
]


class JsonRow(Protocol):
    """Be a row that can be sent."""

    def to_json(self) -> dict[str, object]:
        """Return the row as the service reads it."""


R = TypeVar("R", bound=JsonRow)


@dataclass(frozen=True, slots=True)
class ClassAnswer:
    """Hold the class of one row, and which model said so."""

    prediction_id: str
    class_name: str
    model_version: str


@dataclass(frozen=True, slots=True)
class ProbabilityAnswer:
    """Hold the probability of every class for one row, and which model said so."""

    prediction_id: str
    class_names: tuple[str, ...]
    probabilities: tuple[float, ...]
    model_version: str


@dataclass(frozen=True, slots=True)
class ValueAnswer:
    """Hold the value of one row, and which model said so."""

    prediction_id: str
    value: float
    model_version: str


class ServiceClient(Generic[R]):
    """Hold connections to a service. Safe to use from several threads.

    A service that is busy (503, 429) is asked again as often as `retries` says, when it says. What it
    refuses raises ProblemError; a service that cannot be reached, OSError.
    """

    def __init__(self, url: str, *, key: str | None = None, timeout: float = 10.0, retries: int = 3) -> None:
        self._transport = Transport(url, key=key, timeout=timeout, retries=retries)

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def info(self) -> dict[str, Any]:
        """Return what the service says of itself and its model."""
        answer: dict[str, Any] = self._transport.get("/info").body
        return answer

    def _ask(self, path: str, rows: Sequence[R]) -> tuple[list[dict[str, Any]], str]:
        body = json.dumps([row.to_json() for row in rows], allow_nan=False)
        reply = self._transport.post(path, body.encode())
        return reply.body, reply.model_version


class ClassificationClient(ServiceClient[R]):
    """Ask for classes."""

    def predict(self, rows: Sequence[R]) -> list[ClassAnswer]:
        """Return the class of each row."""
        answers, version = self._ask("/api/predictions", rows)
        return [ClassAnswer(one["prediction_id"], one["class_name"], version) for one in answers]

    def predict_proba(self, rows: Sequence[R]) -> list[ProbabilityAnswer]:
        """Return the probability of every class for each row."""
        answers, version = self._ask("/api/proba_predictions", rows)
        return [
            ProbabilityAnswer(
                one["prediction_id"], tuple(one["class_names"]), tuple(one["probabilities"]), version
            )
            for one in answers
        ]


class RegressionClient(ServiceClient[R]):
    """Ask for values."""

    def predict(self, rows: Sequence[R]) -> list[ValueAnswer]:
        """Return the value of each row."""
        answers, version = self._ask("/api/predictions", rows)
        return [ValueAnswer(one["prediction_id"], one["value"], version) for one in answers]
