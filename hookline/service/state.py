"""What a worker is doing: starting, ready, draining. The one place that health, gates and signals look at."""

from __future__ import annotations

from hookline.service.model import ServedModel

__all__ = ["State"]


class State:
    """Know the model in service and whether requests are welcome."""

    def __init__(self, model: ServedModel | None = None) -> None:
        self.model = model
        self.draining = False
        self.in_flight = 0
        self.reason = "no model is loaded yet"
        self.refusal = ""
        """Why requests are refused for now, though there is a model."""

    @property
    def started(self) -> bool:
        """Tell whether the model is loaded."""
        return self.model is not None

    @property
    def ready(self) -> bool:
        """Tell whether new requests should be sent here."""
        return self.started and not self.draining and not self.refusal
