from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from hookline.doctor import Finding, examine
from hookline.service.runner.limits import Limits

Path_: TypeAlias = Callable[..., dict[str, str]]
LIMITS = Limits(cpus=2, memory=4 * 1024**3, cpu_source="CPU affinity", memory_source="the machine")


@pytest.fixture
def path_with(tmp_path: Path) -> Path_:
    """Return a function that makes a PATH of small programs: name → what each does, in the shell's words."""

    def make(**programs: str) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name, text in programs.items():
            program = folder / name
            program.write_text(f"#!/bin/sh\n{text}\n")
            program.chmod(0o755)
        # The shell's own programs, but none of those that are looked for.
        for name in ("sh", "sleep"):
            if not (folder / name).exists():
                (folder / name).symlink_to(f"/bin/{name}")
        return {"PATH": str(folder), "HOME": os.environ.get("HOME", "/")}

    return make


def looked(folder: Path, environ: Mapping[str, str], limits: Limits = LIMITS) -> dict[str, Finding]:
    """Return what the doctor finds, by what it looked at."""
    return {finding.what: finding for finding in examine(folder, environ, limits=limits)}
