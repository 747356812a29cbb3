"""Build images of the service, and run them as the chart does: read-only, without rights, with a volume."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.house import ROOT

__all__ = ["Container", "Engine"]

_RUN = (
    *("run", "--detach", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
    *("--user", "10001:10001", "--tmpfs", "/tmp", "--publish", "127.0.0.1:0:5000"),  # noqa: S108 - the container's
    *("--env", "HOOKLINE_SERVICE__HOST=0.0.0.0", "--env", "HOOKLINE_SERVICE__PORT=5000"),
    *("--env", "HOOKLINE_SERVICE__WORKERS=1"),
)
_GRACE = "30"


@dataclass(frozen=True)
class Container:
    """Be a container that runs, its port here, and the folder that is its volume."""

    engine: Engine
    name: str
    port: int
    volume: Path

    @property
    def log(self) -> str:
        """Return what it said."""
        return self.engine.run("logs", self.name)

    def stop(self) -> int:
        """Ask it to end, as a cluster does; return its exit code."""
        self.engine.run("stop", "--time", _GRACE, self.name)
        return int(self.engine.run("inspect", "--format", "{{.State.ExitCode}}", self.name))

    def kill(self) -> None:
        """End it at once, if it has not ended by itself."""
        self.engine.run("stop", "--time", "0", self.name)


class Engine:
    """Be a container engine; `close` removes what was made."""

    def __init__(self, client: str) -> None:
        self._client = client
        self._containers: list[str] = []
        self._images: list[str] = []

    def run(self, *words: str, **environ: str) -> str:
        """Run the engine's client."""
        done = subprocess.run(
            [self._client, *words],
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(words)}:\n{done.stdout}"
        return done.stdout.strip()

    def build(self, store: Path, name: str, tag: str) -> str:
        """Build the image of the store's current model by the project's own script."""
        environ = {
            **os.environ,
            "DOCKER": self._client,
            "VENV": str(Path(sys.executable).parent.parent),
            "HOOKLINE_MODELS__DIRECTORY": str(store),
        }
        script = ROOT / "dockerfiles" / "production-image" / "build.sh"
        done = subprocess.run(
            [script, name, tag], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self._images.append(f"{name}:{tag}")
        return self._images[-1]

    def change(self, image: str, command: str, tag: str, folder: Path) -> str:
        """Build an image that is another one after a command."""
        folder.mkdir()
        lines = [f"FROM {image}", "USER 0:0", f"RUN {command}", "USER 10001:10001"]
        (folder / "Dockerfile").write_text("\n".join(lines) + "\n")
        changed = f"{image.rpartition(':')[0]}:{tag}"
        self.run("build", "--quiet", "--tag", changed, str(folder), DOCKER_BUILDKIT="1")
        self._images.append(changed)
        return changed

    def start(self, image: str, volume: Path) -> Container:
        """Start a container with a new folder as its volume."""
        volume.mkdir()
        volume.chmod(0o777)  # as `fsGroup` would make it writable for the service's user
        name = self.run(*_RUN, "--volume", f"{volume}:/var/lib/hookline", image)
        self._containers.append(name)
        port = self.run("port", name, "5000/tcp").rpartition(":")[2]
        return Container(self, name, int(port), volume)

    def close(self) -> None:
        """Remove the containers and images that were made here."""
        if self._containers:
            self.run("rm", "--force", "--volumes", *self._containers)
        if self._images:
            self.run("rmi", "--force", *reversed(self._images))
