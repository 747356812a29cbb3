"""A line per request: who asked is not in it, nor what was asked, only how it went."""

from __future__ import annotations

import os
import sys
from time import time
from typing import TextIO

from hookline.service.aside import Aside
from hookline.service.exchange import Exchange
from hookline.service.logs import Fields, formatter

__all__ = ["AccessLog"]

_LONGEST_PATH = 200


class AccessLog:
    """Write the lines in a thread. A reader too slow for them makes us drop lines, and never wait."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._formatter = formatter()
        # A file of its own: while its reader keeps us waiting, other lines are still written.
        self._stream = stream or os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8")
        self._aside: Aside[tuple[float, Fields]] = Aside(self._write)

    def note(self, exchange: Exchange, seconds: float) -> None:
        """Take down a request that was answered in so many seconds."""
        fields = {
            "method": exchange.scope["method"],
            "path": exchange.scope["path"][:_LONGEST_PATH],
            "status": exchange.status,
            "ms": round(seconds * 1000, 3),
            "rows": exchange.rows,
            "request_id": exchange.request_id,
        }
        self._aside.put((time(), fields))

    async def close(self) -> None:
        """Write what is left, if its reader lets us."""
        if await self._aside.close():
            self._stream.close()

    def _write(self, lines: list[tuple[float, Fields]], dropped: int) -> None:
        line = self._formatter.line
        text = [line("request", fields, level="info", seconds=at) for at, fields in lines]
        if dropped:
            text.append(line("lines dropped", {"count": dropped}, level="warning", seconds=time()))
        if text:
            self._stream.write("\n".join(text) + "\n")
            self._stream.flush()
