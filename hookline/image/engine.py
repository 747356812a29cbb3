"""A container engine, by its command-line client."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from hookline.errors import ImageError

__all__ = ["Engine"]


class Engine:
    """Call the client; what it refuses is an error with its last words."""

    def __init__(self, client: str = "docker") -> None:
        self.client = client

    def call(self, *words: str) -> str:
        """Return what the client prints."""
        try:
            done = subprocess.run(  # noqa: S603 - the client that the caller chose
                [self.client, *words], capture_output=True, text=True, check=False
            )
        except OSError as error:
            raise ImageError(
                f"{self.client} cannot be started ({error.strerror}); install it with "
                "`sudo apt-get install docker.io`, or name another client with DOCKER"
            ) from error
        if done.returncode:
            last = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
            raise ImageError(f"`{self.client} {words[0]}` failed: {last}")
        return done.stdout.strip()

    def labels(self, image: str) -> Mapping[str, str]:
        """Return the labels of an image that is here."""
        found: Any = json.loads(self.call("image", "inspect", "--format", "{{json .Config.Labels}}", image))
        return found or {}

    def said(self, container: str, lines: int = 20) -> str:
        """Return the last lines of a container."""
        command = [self.client, "logs", "--tail", str(lines), container]
        done = subprocess.run(  # noqa: S603 - see above
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return done.stdout.strip()
