"""A container engine where there is none: `python -m tests.chain.engine COMMAND...` starts one beside it.

An engine that answers already is used and left alone. Otherwise Debian's `dockerd` is started, and stopped by
its own process id when the command has ended. The base image of our Dockerfiles is pulled; where no registry
can be reached, a stand-in of that name is made from Debian's packages: the same Python, another build of it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.chain.taken import take

__all__ = [
    "BASE",
    "BASE_IMAGE",
    "DEBOOTSTRAP",
    "ENGINE",
    "STAND_IN",
    "client",
    "engine_or_skip",
    "mirror",
    "provide_base",
    "was_pulled",
]

# The names that the table at the end has for the engine, and for the image that ours are built on.
ENGINE, BASE_IMAGE = "container engine", "base image"

BASE = "python:3.11-slim-bookworm"
STAND_IN = "hookline.stand-in"
DAEMON = "/usr/sbin/dockerd"
DEBOOTSTRAP = "/usr/sbin/debootstrap"
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
_TALK = ("doc", "man", "locale")
_START_SECONDS = 60
_STOP_SECONDS = 60


def client() -> str:
    """Name the client: the one of DOCKER, or Debian's, which builds without a plugin, or any."""
    debian = "/usr/bin/docker"
    return os.environ.get("DOCKER") or (debian if Path(debian).exists() else "docker")


def answers() -> bool:
    """Tell whether an engine answers."""
    try:
        return subprocess.run([client(), "info"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def engine_or_skip(*, with_base: bool = True) -> str:
    """Return a client whose engine answers; without one the test is skipped, and fails in CI."""
    take(ENGINE)
    if with_base:
        take(BASE_IMAGE)
    if answers():
        return client()
    reason = "no container engine answers; start one, or name its client with DOCKER"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextlib.contextmanager
def engine() -> Iterator[bool]:
    """Have an engine answer while the block runs; tell whether there is one."""
    there = answers()
    if there or not _may(DAEMON):
        yield there
        return
    with tempfile.TemporaryFile() as log:
        environ = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}  # it starts iptables
        process = subprocess.Popen([DAEMON], stdout=log, stderr=log, env=environ, start_new_session=True)
        try:
            end = time.monotonic() + _START_SECONDS
            while not answers():
                if process.poll() is not None or time.monotonic() > end:
                    log.seek(0)
                    sys.exit("error: dockerd does not start:\n" + log.read().decode()[-2000:])
                time.sleep(0.2)
            yield True
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def provide_base(name: str = BASE) -> str:
    """See to it that the base image is here; say where it is from."""
    docker = client()
    if _quiet(docker, "image", "inspect", name):
        return f"{name} is there"
    if _quiet(docker, "pull", name):
        return f"{name} was pulled"
    if not _may(DEBOOTSTRAP):
        return f"{name} cannot be pulled, and a stand-in takes root and debootstrap"
    with tempfile.TemporaryDirectory() as folder:
        _bootstrap(Path(folder))
        tar = subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE)
        settings = (
            "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
            f"ENV SSL_CERT_FILE=/{_CERTIFICATES} PIP_CERT=/{_CERTIFICATES}",
            f"LABEL {STAND_IN}=true",
            'CMD ["python3"]',
        )
        changes = [word for setting in settings for word in ("--change", setting)]
        subprocess.run(
            [docker, "import", *changes, "-", name], stdin=tar.stdout, check=True, capture_output=True
        )
        if tar.wait() != 0:
            sys.exit("error: the files of the stand-in cannot be read; run this as root")
    return f"{name} cannot be pulled here; a stand-in was made from Debian's packages"


def was_pulled(name: str = BASE) -> bool:
    """Tell whether the base image is a registry's; one that was made here is a stand-in."""
    words = [client(), "image", "inspect", "--format", "{{len .RepoDigests}}", name]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.stdout.strip() not in ("", "0")


def _bootstrap(root: Path) -> None:
    packages = "python3,python3-venv,python3-pip,ca-certificates"
    words = [DEBOOTSTRAP, "--variant=minbase", f"--include={packages}", "bookworm", str(root), mirror()]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"error: debootstrap failed:\n{done.stdout[-2000:]}")
    # A build trusts what this machine trusts: package indexes may be reached through a proxy of its own.
    shutil.copyfile(f"/{_CERTIFICATES}", root / _CERTIFICATES)
    for name in ("python", "python3"):
        (root / "usr/local/bin" / name).symlink_to("/usr/bin/python3")
    for marker in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    for name in ("var/cache/apt/archives", "var/lib/apt/lists", *(f"usr/share/{it}" for it in _TALK)):
        shutil.rmtree(root / name)
        (root / name).mkdir()


def mirror() -> str:
    """Return the address that this machine gets Debian's packages from."""
    for path in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        if path.exists() and (found := re.search(r"^(?:URIs: |deb )(\S+)", path.read_text(), re.MULTILINE)):
            return found[1]
    sys.exit("error: apt's sources name no mirror; a stand-in is made on Debian only")


def _may(program: str) -> bool:
    """Tell whether a program that only root can use is here, and usable."""
    return os.geteuid() == 0 and Path(program).exists()


def _quiet(*words: str) -> bool:
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def main(words: Sequence[str]) -> int:
    """Run the words beside an engine; return their exit code."""
    with engine() as there:
        said = provide_base() if there else "none answers, and to start one takes root and docker.io"
        sys.stdout.write(f"engine: {said}\n")
        sys.stdout.flush()
        return subprocess.run(words, env={**os.environ, "DOCKER": client()}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
