"""The files a run writes: beside OUT while it goes on, in their places when it is done."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from pydantic_core import to_json

from hookline.errors import ScoringError
from hookline.scoring.formats import OutputFormat
from hookline.scoring.state import Progress
from hookline.service.problems import Fault

__all__ = ["Output"]


class Output:
    """Write OUT and its errors. One run at a time may hold it."""

    def __init__(self, out: Path, written: OutputFormat) -> None:
        self.out = out
        self.errors = out.with_name(out.name + ".errors.jsonl")
        self.state = out.with_name(out.name + ".state.json")
        self._part = out.with_name(out.name + ".part")
        self._errors_part = self.errors.with_name(self.errors.name + ".part")
        self._format = written

    def __enter__(self) -> Self:
        """Open the growing files, whatever is in them, and keep other runs away."""
        try:
            self._rows, self._faults = (_open(path) for path in (self._part, self._errors_part))
        except OSError as error:
            if isinstance(error, FileNotFoundError | NotADirectoryError):
                remedy = f"make the folder {self.out.parent} first"
            else:
                remedy = "check its permissions, or write elsewhere"
            raise ScoringError(f"{self.out} cannot be written: {error.strerror}; {remedy}") from error
        try:
            fcntl.flock(self._rows, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._close()
            raise ScoringError(
                f"another run is writing {self.out}; wait for it, or write elsewhere"
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files; what they hold stays."""
        self._close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Say what to do when the block cannot write: a full disk must not cost what is done."""
        try:
            yield
        except OSError as error:
            raise ScoringError(
                f"{self.out} cannot be written: {error.strerror or error}; once that is put right, the same "
                "command (without --force) goes on from there"
            ) from error

    def go_on(self, progress: Progress) -> None:
        """Cut the files back to where they were when `progress` was noted."""
        lengths = ((self._rows, progress.out_bytes), (self._faults, progress.error_bytes))
        for file, length in lengths:
            if file.seek(0, os.SEEK_END) < length:
                raise ScoringError(
                    f"{self._part} has lost rows that {self.state} says were written; start anew with --force"
                )
            file.seek(length)
            file.truncate()

    def append(
        self, data: bytes, faults: Iterable[tuple[int, Fault]] = (), *, first_row: int = 0
    ) -> tuple[int, int]:
        """Write rows, and what is wrong with them; return how long the two files are now."""
        with self.writing():
            self._rows.write(data)
            for place, fault in faults:
                row = first_row + place
                line = {
                    "row": row,
                    "pointer": f"/{row}{fault.pointer}",
                    "code": fault.code,
                    "detail": fault.detail,
                }
                self._faults.write(to_json(line) + b"\n")
            return self._rows.tell(), self._faults.tell()

    def sync(self) -> None:
        """Return when everything written so far survives a crash."""
        for file in (self._rows, self._faults):
            file.flush()
            os.fsync(file.fileno())

    def finish(self, progress: Progress) -> None:
        """Put the files in their places. May be done again after a crash in its midst."""
        if self._is_whole(self._errors_part, progress.error_bytes):
            if progress.error_bytes:
                self._errors_part.replace(self.errors)
            else:
                self._errors_part.unlink()
                self.errors.unlink(missing_ok=True)  # of an earlier run over the same OUT
        if self._is_whole(self._part, progress.out_bytes):
            self._format.finish(self._part, self.out)
        folder = os.open(self.out.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @staticmethod
    def _is_whole(part: Path, length: int) -> bool:
        """Tell whether a file is still to be put in its place; an empty one in its stead is removed."""
        if part.stat().st_size >= length:
            return True
        part.unlink()
        return False

    def _close(self) -> None:
        for file in (self._rows, self._faults):
            # What counts has been synced, or it was said why it could not be.
            with contextlib.suppress(OSError):
                file.close()


def _open(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "r+b")
