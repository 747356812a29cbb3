"""Stubs: programs that record their calls and answer what a test wrote down. No cluster is behind them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["ROOT", "Desk"]

ROOT = Path(__file__).resolve().parents[3]
# What the scripts may use of a system, and nothing else: a real kubectl of this machine must not be found.
FILES = ("cat", "dirname", "grep", "mkdir", "mktemp", "rm", "sed", "touch", "tr")
SYSTEM = (*FILES, "sh", "curl", "date", "env", "seq", "sleep")


class Desk:
    """A copy of the project in which programs are stubs."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self._bin = folder / "bin"
        self._bin.mkdir()
        for name in SYSTEM:
            found = shutil.which(name)
            assert found, name
            (self._bin / name).symlink_to(found)
        for name in ("getting-started", "source"):
            shutil.copytree(ROOT / name, self.root / name)
        (self.root / "tests").mkdir()
        shutil.copy(ROOT / "tests" / "prediction_test_case.json", self.root / "tests")
        self._calls = folder / "calls"
        self._calls.touch()
        self.stub("docker", {})
        build = self.root / "dockerfiles" / "production-image" / "build.sh"
        build.parent.mkdir(parents=True)
        self._write(build, {})

    def stub(self, name: str, answers: Mapping[str, str]) -> None:
        """Put a stub in the way: patterns of `case` for its words, and the shell commands that answer."""
        self._write(self._bin / name, answers)

    def unstub(self, name: str) -> None:
        """Take a program away."""
        (self._bin / name).unlink()

    def link(self, name: str, program: Path) -> None:
        """Put a real program in the way."""
        (self._bin / name).symlink_to(program)

    def script(self, path: str, answers: Mapping[str, str]) -> None:
        """Put a stub in the place of a file of the project."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        self._write(self.root / path, answers)

    def configure(self, text: str) -> None:
        """Write config.yaml."""
        (self.root / "config.yaml").write_text(text, encoding="utf-8")

    def run(self, script: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a script as a reader of the manual would."""
        environment = {"PATH": str(self._bin), "VENV": sys.prefix, "HOME": str(self.root), **environ}
        if "COVERAGE_PROCESS_START" in os.environ:
            environment["COVERAGE_PROCESS_START"] = os.environ["COVERAGE_PROCESS_START"]
        command = [str(self.root / "getting-started" / script), *words]
        return subprocess.run(
            command, env=environment, cwd=self._bin, capture_output=True, text=True, check=False, timeout=60
        )

    @property
    def calls(self) -> list[str]:
        """Return every call of a stub, with its words."""
        return self._calls.read_text(encoding="utf-8").splitlines()

    def _write(self, path: Path, answers: Mapping[str, str]) -> None:
        cases = "".join(f"  {_quoted(pattern)}) {answer} ;;\n" for pattern, answer in answers.items())
        path.write_text(
            "#!/bin/sh\n# A stub: records its call, and answers as the test says.\n"
            f"printf '%s\\n' \"{path.name} $*\" >> {shlex.quote(str(self._calls))}\n"
            f'case "$*" in\n{cases}  *) ;;\nesac\n',
            encoding="utf-8",
        )
        path.chmod(0o755)


def _quoted(pattern: str) -> str:
    """Leave the stars of a `case` pattern to the shell, and nothing else."""
    return "*".join(shlex.quote(part) if part else "" for part in pattern.split("*"))
