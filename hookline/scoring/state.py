"""The state file beside OUT: what is being scored, and how much of it is safely on disk."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hookline.errors import ScoringError
from hookline.scoring.chunk import Position

__all__ = ["Progress", "StateFile"]

_FORMAT = 1
_DIFFERENT = {
    "input": "over other input (or the input has changed since)",
    "model": "with another model",
    "columns": "with other columns",
    "hookline": "of another version of hookline",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """Say how far a run has come: where the input goes on, and how long the files beside OUT are."""

    position: Position = ()
    rows: int = 0
    refused: int = 0
    out_bytes: int = 0
    error_bytes: int = 0
    complete: bool = False


class StateFile:
    """Remember a run. `job` is what must be the same for a later run to go on with it."""

    def __init__(self, path: Path, job: Mapping[str, Any]) -> None:
        self.path = path
        self._job = json.loads(json.dumps(job))

    def read(self) -> Progress | None:
        """Return how far an earlier run has come; None if there was none."""
        try:
            plain = json.loads(self.path.read_text(encoding="utf-8"))
            format_, job, progress = plain["format"], plain["job"], plain["progress"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._refusal("cannot be read") from error
        if format_ != _FORMAT:
            raise self._refusal("was written by another version of hookline")
        for key, words in _DIFFERENT.items():
            if job.get(key) != self._job.get(key):
                raise self._refusal(f"belongs to a run {words}{_from(job.get('version'), key)}")
        return Progress(**{**progress, "position": tuple(progress["position"])})

    def write(self, progress: Progress) -> None:
        """Replace the file at once: after a crash there is the old state or the new one."""
        plain = {"format": _FORMAT, "job": self._job, "progress": asdict(progress)}
        beside = self.path.with_name(self.path.name + ".new")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(plain, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)

    def remove(self) -> None:
        """Forget the run."""
        self.path.unlink(missing_ok=True)

    def _refusal(self, words: str) -> ScoringError:
        return ScoringError(f"{self.path} {words}; undo that to go on, or start anew with --force")


def _from(version: Any, key: str) -> str:
    return f" ({version}; name it with --model)" if key == "model" and version else ""
