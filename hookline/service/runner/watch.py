"""What makes a new generation necessary: another current model, or, while developing, another source file."""

from __future__ import annotations

from pathlib import Path

__all__ = ["Stamp", "Watch", "stamp_of"]

Stamp = list[int] | None
_SUFFIXES = (".py", ".yaml")


def stamp_of(path: str) -> Stamp:
    """Return what changes when the file is replaced; None without a file."""
    try:
        state = Path(path).stat()
    except OSError:
        return None
    return [state.st_mtime_ns, state.st_ino, state.st_size]


class Watch:
    """Compare what is on disk with what the newest generation has seen of it."""

    def __init__(self, root: Path, *, sources: bool = False) -> None:
        self._root = root if sources else None
        self._seen: dict[str, Stamp] = {}
        self._last: dict[str, Stamp] = {}
        self._pointer: tuple[str, Stamp] | None = None

    def start(self) -> None:
        """Note the sources as they are; the next generation will read them."""
        self._seen = self._look()

    def point(self, pointer: str, stamp: Stamp) -> None:
        """Note which file names the current model, and its stamp before the newest generation read it."""
        self._pointer = pointer, stamp

    def changed(self) -> bool:
        """Tell whether there is something that the newest generation has not seen."""
        if self._pointer is not None and stamp_of(self._pointer[0]) != self._pointer[1]:
            return True
        # Two looks must agree: an editor may be about to write more.
        before, self._last = self._last, self._look()
        return before == self._last != self._seen

    @property
    def sources_changed(self) -> bool:
        """Tell whether what `changed` saw last was a source."""
        return self._last != self._seen

    def _look(self) -> dict[str, Stamp]:
        if self._root is None:
            return {}
        found = (path for path in (self._root / "source").rglob("*") if path.suffix in _SUFFIXES)
        return {str(path): stamp_of(str(path)) for path in (self._root / "config.yaml", *found)}
