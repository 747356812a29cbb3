"""The log as the service sees it: answers are in the journal before their callers get them.

What cannot be written is never silent. `on_full: available` answers all the same, with the header
`X-Prediction-Logged: false`, and counts it; `strict` refuses with 503, and the worker is not ready until the
log takes records again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Self

from hookline.config import Settings
from hookline.errors import NotLoggedError
from hookline.predlog.encode.answered import Answered as Rows
from hookline.predlog.encode.hashing import digest_of, hash_key
from hookline.predlog.encode.records import Encoder, ModelFacts
from hookline.predlog.journal.budget import journal_bytes
from hookline.predlog.journal.group import Group
from hookline.predlog.journal.place import sync_files
from hookline.predlog.journal.writer import Journal
from hookline.service import logs
from hookline.service.answers import PREDICTION_PATHS
from hookline.service.jobs import Answered, Call
from hookline.service.ledger import Key
from hookline.service.metrics import JOURNAL_BYTES, Metrics
from hookline.service.model import ServedModel
from hookline.service.state import State

__all__ = ["PredictionLog"]

_MANY = 1_000
"""Rows whose records are encoded off the event loop: about a millisecond's work."""
_DOORS = {path: path.rpartition("/")[2] for path in PREDICTION_PATHS}
"""What a record calls the endpoint that was asked."""
_SYNC = 1.0
"""Seconds after which what was written is on the disk, even if answers do not wait for that."""
_PROBE = 0.5
"""Seconds between two tries to write while the worker is not ready because of the log."""


class PredictionLog:
    """Take answers down; be the `Append` of an engine."""

    def __init__(
        self, journal: Journal, encoder: Encoder, *, strict: bool, sync: bool, state: State, metrics: Metrics
    ) -> None:
        self._journal = journal
        self._encoder = encoder
        self._strict = strict
        self._state = state
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._group = Group(journal, self._thread) if sync else None
        self._unsaid = encoder.model()
        self._troubled = False
        self._probe: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        metrics.also(self._seen)

    @classmethod
    def of(
        cls, settings: Settings, root: Path, *, model: ServedModel, state: State, metrics: Metrics
    ) -> Self:
        """Make the log that the settings ask for, for the answers of one model."""
        hashes = any(feature.log == "hash" for feature in model.contract)
        encoder = Encoder(
            model.contract,
            ModelFacts(model.model_id, model.version, model.created, model.task, model.classes),
            id_name=settings.service.ID_NAME,
            best=settings.prediction_log.fluentd_log_n_best,
            digest=digest_of(hash_key(settings, root)) if hashes else None,
        )
        return cls(
            Journal.of(settings, root),
            encoder,
            strict=settings.prediction_log.on_full == "strict",
            sync=settings.prediction_log.durability == "fsync",
            state=state,
            metrics=metrics,
        )

    def start(self) -> None:
        """Say that the model's answers begin; if that cannot be written, it goes before the first answer."""
        try:
            self._write(b"", 0, loss=0)
        except NotLoggedError as error:
            self._note_trouble(error)

    def __call__(self, answered: Sequence[Answered]) -> Awaitable[None] | None:
        """Take these answers down: at once, or, if something is to be awaited, when it was."""
        calls = _calls(answered)
        rows = sum([len(call.rows) for call in calls])
        if rows > _MANY or self._group is not None:
            return self._take_down_later(answered, calls, rows)
        try:
            self._write(self._encoded(calls), rows, loss=rows)
        except NotLoggedError as error:
            self._not_logged(answered, rows, error)
        return None

    async def write(self, lines: bytes, records: int) -> None:
        """Take down records of another kind; raise `NotLoggedError` if they are not."""
        try:
            await self._write_later(lines, records, loss=0)
        except NotLoggedError as error:
            self._note_trouble(error)
            raise

    async def close(self) -> None:
        """End the writer; the engine has finished what was taken."""
        for task in (self._probe, self._syncing):
            if task is not None:
                task.cancel()
        await asyncio.to_thread(self._thread.shutdown)
        await self._sync(self._journal.touched())
        self._journal.close()

    async def _take_down_later(self, answered: Sequence[Answered], calls: Sequence[Call], rows: int) -> None:
        if rows > _MANY:
            data = await asyncio.get_running_loop().run_in_executor(self._thread, self._encoded, calls)
        else:
            data = self._encoded(calls)
        try:
            await self._write_later(data, rows, loss=rows)
        except NotLoggedError as error:
            self._not_logged(answered, rows, error)

    def _encoded(self, calls: Sequence[Call]) -> bytes:
        now = perf_counter()
        return self._encoder(*[_rows_of(call, now) for call in calls])

    # ---- writing ----

    def _write(self, data: bytes, rows: int, *, loss: int) -> None:
        """Write on the event loop; it does not wait for the disk."""
        before = self._unsaid
        self._journal.append(before + data, rows + bool(before), loss=self._loss(loss))
        self._written(before, rows)

    async def _write_later(self, data: bytes, rows: int, *, loss: int) -> None:
        if self._group is None:
            self._write(data, rows, loss=loss)
            return
        before, self._unsaid = self._unsaid, b""
        try:
            await self._group.append(before + data, rows + bool(before), loss=self._loss(loss))
        except NotLoggedError:
            self._unsaid = self._unsaid or before
            raise
        self._written(before, rows)

    def _loss(self, rows: int) -> int:
        return 0 if self._strict else rows

    def _written(self, before: bytes, rows: int) -> None:
        if before:
            self._unsaid = b""
        self._metrics.logged(rows + bool(before))
        if self._group is None and (self._syncing is None or self._syncing.done()):
            self._syncing = asyncio.get_running_loop().create_task(self._sync_soon())
        if self._troubled:
            self._troubled = False
            self._state.refusal = ""
            logs.warning("predictions are logged again")

    async def _sync_soon(self) -> None:
        await asyncio.sleep(_SYNC)
        while paths := self._journal.touched():  # what is written meanwhile has its turn after it
            await self._sync(paths)
            await asyncio.sleep(_SYNC)

    async def _sync(self, paths: Sequence[Path]) -> None:
        try:
            await asyncio.to_thread(sync_files, paths)
        except OSError as error:
            logs.error("the journal is not on the disk; a power loss may lose it", reason=str(error))

    # ---- trouble ----

    def _not_logged(self, answered: Sequence[Answered], rows: int, error: NotLoggedError) -> None:
        self._note_trouble(error)
        if self._strict:
            raise error
        self._metrics.not_logged(rows)
        for one in answered:
            one.job.logged = False

    def _note_trouble(self, error: NotLoggedError) -> None:
        if self._troubled:
            return
        self._troubled = True
        done = "they are refused" if self._strict else "they are answered with X-Prediction-Logged: false"
        logs.error(f"predictions are not logged; {done}", reason=str(error))
        if self._strict:
            self._state.refusal = str(error)
        if self._strict and (self._probe is None or self._probe.done()):
            # Who is not ready gets no requests, and would never find out that the log takes records again.
            self._probe = asyncio.get_running_loop().create_task(self._try_again())

    async def _try_again(self) -> None:
        while self._troubled:
            await asyncio.sleep(_PROBE)
            self._unsaid = self._unsaid or self._encoder.model()
            try:
                await self._write_later(b"", 0, loss=0)
            except NotLoggedError:
                continue

    def _seen(self) -> Mapping[Key, list[float]]:
        try:
            size = journal_bytes(self._journal.folder)
        except OSError:
            size = 0
        return {(JOURNAL_BYTES.name,): [float(size)]}


def _calls(answered: Sequence[Answered]) -> Sequence[Call]:
    """Return the calls of the model, in their order."""
    first, last = answered[0].call, answered[-1].call
    return (first,) if first is last else list(dict.fromkeys([one.call for one in answered]))


def _rows_of(call: Call, now: float) -> Rows:
    requests = [
        (job.request_id, _DOORS[job.path], (now - job.started) * 1000, 0, len(job.rows)) for job in call.jobs
    ]
    return Rows(call.rows, call.prediction, call.ids, requests)
