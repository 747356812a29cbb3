"""Score on a Dask cluster. Its workers need hookline, but neither the input nor the project nor the model."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from types import TracebackType
from typing import Any, Self

import distributed

from hookline.errors import HooklineError, ScoringError
from hookline.scoring.chunk import Chunk
from hookline.scoring.engine import Done, in_order
from hookline.scoring.parcel import Parcel
from hookline.scoring.scorer import Scored

__all__ = ["ClusterEngine"]

_PATIENCE = 8
"""Seconds to wait for a scheduler, and for its first worker."""
_ANOTHER = 60
"""Seconds to wait for a worker when the last one has died."""
_RETRIES = 3
"""How often a chunk is tried again: by the cluster if its worker dies, by us if the cluster loses it."""


class ClusterEngine:
    """Score chunks on the workers of a scheduler; each of them gets the model once."""

    def __init__(self, parcel: Parcel, address: str) -> None:
        self._parcel = parcel
        self._address = address
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Connect, and hand out the model."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(_quiet("distributed"))
            self._client = self._connect(stack)
            self._hand_out()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the cluster; it forgets what was sent."""
        self._stack.close()

    def map(self, chunks: Iterable[Chunk]) -> Iterator[Done]:
        """Score all chunks."""
        threads = sum(worker["nthreads"] for worker in self._workers())
        try:
            yield from in_order(lambda chunk: _Errand(self, chunk), chunks, window=2 * threads)
        except HooklineError:
            raise
        except Exception as error:  # what Dask raises has no common base
            raise ScoringError(
                f"the Dask cluster at {self._address} lost the work ({type(error).__name__}: {error}); "
                "when it is well, run the same command again to go on"
            ) from error

    def send(self, chunk: Chunk) -> tuple[Any, Any]:
        """Send a chunk to a worker; return where its answer will be, and the model that goes with it."""
        return self._client.submit(_score, self._model, chunk, pure=False, retries=_RETRIES), self._model

    def lost(self, model: Any) -> None:
        """Hand out the model again, unless that was done since `model` was: it may be what was lost.

        Without a scheduler there is nothing to wait for.
        """
        if self._client.status != "running":
            raise ScoringError(
                f"the Dask scheduler at {self._address} went away; once one answers there, run the same "
                "command again to go on"
            )
        if model is self._model:
            self._await_a_worker(self._client, _ANOTHER)
            self._hand_out()

    def _hand_out(self) -> None:
        self._model = self._client.scatter(self._parcel, broadcast=True, hash=False)

    def _workers(self) -> list[Any]:
        return list(self._client.scheduler_info(n_workers=-1)["workers"].values())

    def _connect(self, stack: contextlib.ExitStack) -> Any:
        try:
            client = stack.enter_context(
                distributed.Client(self._address, timeout=_PATIENCE, set_as_default=False)
            )
        except (OSError, ValueError, ImportError) as error:
            raise ScoringError(
                f"no Dask scheduler answers at {self._address}; start one with `dask scheduler`, or score "
                "here, without --engine dask"
            ) from error
        self._await_a_worker(client, _PATIENCE)
        return client

    def _await_a_worker(self, client: Any, seconds: float) -> None:
        try:
            client.wait_for_workers(1, timeout=seconds)
        except TimeoutError as error:
            raise ScoringError(
                f"the Dask scheduler at {self._address} has no workers; start some with "
                f"`dask worker {self._address}`, and run the same command again"
            ) from error


class _Errand:
    """Be a chunk that is under way; it is sent again when the cluster loses it.

    Dask gives to others what a dead worker was working on. But if all who held the model are dead, it can
    only cancel the chunk.
    """

    def __init__(self, engine: ClusterEngine, chunk: Chunk) -> None:
        self._engine = engine
        self._chunk = chunk
        self._future, self._model = engine.send(chunk)

    def result(self) -> Scored:
        """Wait for what the chunk comes to."""
        for _ in range(_RETRIES):
            with contextlib.suppress(CancelledError):
                return self._answer()
            self._engine.lost(self._model)
            self._future, self._model = self._engine.send(self._chunk)
        return self._answer()

    def _answer(self) -> Scored:
        scored: Scored = self._future.result()
        return scored


def _score(parcel: Parcel, chunk: Chunk) -> Scored:
    return parcel.scorer()(chunk)


@contextlib.contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a library's retries out of the output: what they come to is said in one sentence."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
