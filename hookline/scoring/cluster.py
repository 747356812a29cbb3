"""Score on a Dask cluster. Its workers need hookline, but neither the input nor the project nor the model."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator
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
_RETRIES = 3
"""How often a chunk is tried again elsewhere when its worker dies."""


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
            self._model = self._client.scatter(self._parcel, broadcast=True, hash=False)
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

        def submit(chunk: Chunk) -> Any:
            return self._client.submit(_score, self._model, chunk, pure=False, retries=_RETRIES)

        try:
            yield from in_order(submit, chunks, window=2 * threads)
        except HooklineError:
            raise
        except Exception as error:  # what Dask raises has no common base
            raise ScoringError(
                f"the Dask cluster at {self._address} lost the work ({type(error).__name__}: {error}); "
                "when it is well, run the same command again to go on"
            ) from error

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
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise ScoringError(
                f"the Dask scheduler at {self._address} has no workers; start some with "
                f"`dask worker {self._address}`"
            ) from error
        return client


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
