"""The framework as a wheel with its lock: the one a project carries in `vendor/`, or one of this checkout."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from hookline.errors import ImageError
from hookline.scaffold.pack import build_wheel, is_checkout

__all__ = ["bring_wheel"]

LOCK = "requirements.txt"


def bring_wheel(root: Path, folder: Path) -> Path:
    """Put the framework's wheel into `folder`, with a lock that names it by its hash; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    carried = sorted((root / "vendor").glob("hookline-*.whl"))
    if len(carried) > 1:
        names = " and ".join(path.name for path in carried)
        raise ImageError(f"vendor/ holds {names}; leave the one there that the project is to use")
    wheel = Path(shutil.copy(carried[0], folder)) if carried else _made(root, folder)
    lock = root / "locks" / "hookline.txt"
    if carried and lock.exists():
        shutil.copyfile(lock, folder / LOCK)  # the project's own, so that a wheel that was swapped is refused
    else:
        version = wheel.name.split("-")[1]
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        (folder / LOCK).write_text(f"hookline=={version} --hash=sha256:{digest}\n", encoding="utf-8")
    return wheel


def _made(root: Path, folder: Path) -> Path:
    if not is_checkout(root):
        raise ImageError(f"{root / 'vendor'} holds no hookline-*.whl; bring it back from version control")
    return build_wheel(root, folder).path
