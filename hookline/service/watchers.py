"""Who looks on while requests are answered: the access log and tracing, where they are switched on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, Self

from hookline.config import Settings
from hookline.service.access_log import AccessLog
from hookline.service.exchange import Exchange
from hookline.service.model import ServedModel

__all__ = ["Watcher", "Watchers"]


class Watcher(Protocol):
    """Look on."""

    def note(self, exchange: Exchange, seconds: float) -> None:
        """Take down a request that was answered in so many seconds; never wait."""

    async def close(self) -> None:
        """Finish what was taken down."""


class Watchers:
    """Hold those that are switched on."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers

    @classmethod
    def of(cls, settings: Settings, model: ServedModel | None) -> Self:
        """Choose them by the settings."""
        chosen: list[Watcher] = []
        if settings.service.access_log:
            chosen.append(AccessLog())
        if settings.tracing.enabled:
            from hookline.service.tracing import Tracing  # noqa: PLC0415 - only who traces needs it

            chosen.append(Tracing(settings, model))
        return cls(chosen)

    @property
    def notes(self) -> tuple[Callable[[Exchange, float], None], ...]:
        """Return what is to be called after each request."""
        return tuple(watcher.note for watcher in self._watchers)

    async def close(self) -> None:
        """Let them finish."""
        for watcher in self._watchers:
            await watcher.close()
