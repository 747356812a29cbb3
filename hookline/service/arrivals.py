"""Bodies on their way: they take no place among the requests being answered, but they do take memory."""

from __future__ import annotations

from hookline.service.problems import RETRY_SOON, Problem

__all__ = ["Arrivals"]


class Arrivals:
    """Hold how many bytes of bodies are here that are not complete, and let in only so many.

    Whoever sends slowly costs others nothing: its place in the queue is taken when its body is whole. Without
    a limit on bytes, though, many slow callers could together fill the memory.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.bytes = 0

    def add(self, size: int) -> None:
        """Take so many bytes more, or refuse the request that brought them."""
        if self.bytes + size > self._most:
            raise Problem("overloaded", headers=[RETRY_SOON], close=True)
        self.bytes += size

    def remove(self, size: int) -> None:
        """Forget the bytes of a body that is whole, or that will not be."""
        self.bytes -= size
