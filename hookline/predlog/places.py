"""Where the prediction log keeps what, below its directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hookline.config import Settings

__all__ = ["Places"]


@dataclass(frozen=True, slots=True)
class Places:
    """Name the files of the log in `directory`."""

    directory: Path

    @classmethod
    def of(cls, settings: Settings, root: Path) -> Places:
        """Return the places of the project in `root`."""
        return cls(root / settings.prediction_log.directory)

    @property
    def journal(self) -> Path:
        """Return the folder with a folder for each writer."""
        return self.directory / "journal"

    @property
    def lock(self) -> Path:
        """Return the file whose lock the one shipper holds."""
        return self.directory / "shipper.lock"

    @property
    def status(self) -> Path:
        """Return the file in which the shipper says how far it is."""
        return self.directory / "shipper.json"

    @property
    def hash_key(self) -> Path:
        """Return the file with the key of the hashes of `log: hash` features."""
        return self.directory / "hash.key"

    @property
    def totals(self) -> Path:
        """Return the file that counts what is no longer in the journal."""
        return self.directory / "totals.json"

    @property
    def accepted(self) -> Path:
        """Return the file that counts what is missing, and was accepted to be."""
        return self.directory / "accepted.json"

    @property
    def database(self) -> Path:
        """Return the embedded database."""
        return self.directory / "predictions.db"

    @property
    def erasures(self) -> Path:
        """Return the folder in which the shipper is asked to remove records from the database."""
        return self.directory / "erase"

    def cursor(self, sink: str) -> Path:
        """Return the file with a sink's cursors."""
        return self.directory / "cursors" / f"{sink}.json"

    def dead_letters(self, sink: str) -> Path:
        """Return the file with the records that a sink refused."""
        return self.directory / "dead-letter" / f"{sink}.jsonl"
