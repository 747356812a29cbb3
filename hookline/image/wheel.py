"""The framework as a wheel: the one a project carries in `vendor/`, or one made of this checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from hookline.errors import ImageError

__all__ = ["bring_wheel"]


def bring_wheel(root: Path, folder: Path) -> Path:
    """Put the framework's wheel into `folder`; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    carried = sorted((root / "vendor").glob("hookline-*.whl"))
    if len(carried) > 1:
        names = " and ".join(path.name for path in carried)
        raise ImageError(f"vendor/ holds {names}; leave the one there that the project is to use")
    if carried:
        return Path(shutil.copy(carried[0], folder))
    if not (root / "hookline" / "__init__.py").is_file():
        raise ImageError(f"{root / 'vendor'} holds no hookline-*.whl; bring it back from version control")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [*command, "--no-build-isolation", "--wheel-dir", folder, root],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip() or "pip said nothing").splitlines()[-1]
        raise ImageError(f"the wheel of {root} cannot be made ({last}); run `make setup` first")
    return next(folder.glob("hookline-*.whl"))
