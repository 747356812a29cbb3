"""Where chunks are scored: in threads here, or elsewhere. Answers come in the order of the chunks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TypeAlias

from hookline.scoring.chunk import Chunk, Position
from hookline.scoring.scorer import Scored

__all__ = ["Done", "Engine", "ThreadEngine", "in_order"]


@dataclass(frozen=True, slots=True)
class Done:
    """Hold what a chunk came to, and how far the input is done with it."""

    scored: Scored
    end: Position
    share: float


class Engine(Protocol):
    """Score chunks, several at a time. Leaving the block gives up what is not done."""

    def __enter__(self) -> Self:
        """Get ready."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of everything."""

    def map(self, chunks: Iterable[Chunk]) -> Iterator[Done]:
        """Score all chunks; at no time are more than a few of them held."""


class _Future(Protocol):
    def result(self) -> Scored: ...


Submit: TypeAlias = Callable[[Chunk], _Future]


class ThreadEngine:
    """Score in threads: while one chunk is predicted, the next one is read."""

    def __init__(self, score: Callable[[Chunk], Scored], threads: int) -> None:
        self._score = score
        self._threads = threads

    def __enter__(self) -> Self:
        """Start the threads."""
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="score")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the chunks at work, and drop those that wait."""
        self._pool.shutdown(cancel_futures=True)

    def map(self, chunks: Iterable[Chunk]) -> Iterator[Done]:
        """Score all chunks."""
        return in_order(lambda chunk: self._pool.submit(self._score, chunk), chunks, window=self._threads + 1)


def in_order(submit: Submit, chunks: Iterable[Chunk], *, window: int) -> Iterator[Done]:
    """Keep `window` chunks under way, and give their results one after the other."""
    waiting: deque[tuple[_Future, Position, float]] = deque()
    for chunk in chunks:
        if len(waiting) == window:
            yield _done(*waiting.popleft())
        waiting.append((submit(chunk), chunk.end, chunk.share))
    while waiting:
        yield _done(*waiting.popleft())


def _done(future: _Future, end: Position, share: float) -> Done:
    return Done(future.result(), end, share)
