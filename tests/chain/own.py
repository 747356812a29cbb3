"""The machine's own programs that the tests use, and how each says its version; install.py has the others."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from tests.chain.engine import BASE, BASE_IMAGE, ENGINE, client, was_pulled

__all__ = ["OWN", "Own"]

DOCKER = "docker"
_SECONDS = 30
_AWAY = "not here"


@dataclass(frozen=True)
class Own:
    """Be a program of the machine: what asks it for its version, and the package of Debian's that has it."""

    name: str
    package: str
    words: tuple[str, ...]

    @property
    def program(self) -> str | None:
        """Return the file to start; None if it is not installed."""
        return shutil.which(self.words[0])

    @property
    def version(self) -> str:
        """Return the version that it says."""
        words = [client() if self.words[0] == DOCKER else self.words[0], *self.words[1:]]
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            return _AWAY
        found = (
            re.search(r"\d+(\.\d+)+\S*", f"{done.stdout}\n{done.stderr}") if done.returncode == 0 else None
        )
        return found[0].strip('",') if found else "says none"


class _Base(Own):
    """Be the image that ours are built on; its version is that of its Python."""

    @property
    def version(self) -> str:
        said = super().version
        return said if said == _AWAY or was_pulled() else f"{said}, made here"


OWN: Mapping[str, Own] = {
    own.name: own
    for own in (
        Own(ENGINE, "docker.io", (DOCKER, "version", "--format", "{{.Server.Version}}")),
        _Base(BASE_IMAGE, "", (DOCKER, "run", "--rm", "--network", "none", BASE, "python3", "--version")),
        Own("chromium", "chromium", ("chromium", "--version")),
        Own("docker-compose", "docker-compose", ("docker-compose", "--version")),
        Own("docker-registry", "docker-registry", ("docker-registry", "--version")),
        Own("java", "openjdk-17-jre-headless", ("java", "-version")),
        Own("node", "nodejs", ("node", "--version")),
        Own("shellcheck", "shellcheck", ("shellcheck", "--version")),
    )
}
