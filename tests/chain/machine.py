"""A machine for Ansible to set up: Debian in a folder, entered by chroot, with what it will fetch beside it.

Services are enabled there as anywhere, but nothing runs: a chroot has no init. `snap` is a stand-in of that
name (ansible/molecule/shared/snap.py), for snapd needs an init too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.chain.engine import DEBOOTSTRAP, mirror

__all__ = ["NEEDS", "TAR", "VERSIONS", "make", "run", "unpack"]

NEEDS = (DEBOOTSTRAP, "unshare")
TAR = "root.tar"
SUITE = "bookworm"
_THERE = ("ca-certificates", "python3", "python3-apt", "systemd", "python3-yaml", "sudo")
# What the roles install; fetched once, so that a test need not ask the mirror again.
_FETCHED = ("docker.io", "git", "openjdk-17-jre-headless", "snapd")
VERSIONS = (SUITE, *_THERE, *_FETCHED, "1")


def make(folder: Path) -> None:
    """Write root.tar: what a fresh machine holds, and the packages that the roles will install."""
    root = folder / "root"
    words = [DEBOOTSTRAP, "--variant=minbase", f"--include={','.join(_THERE)}", SUITE]
    _run([*words, str(root), mirror()])
    for path in Path("/etc/apt/apt.conf.d").iterdir():
        if "Acquire::" in (text := path.read_text(encoding="utf-8")) and "docker" not in path.name:
            (root / "etc/apt/apt.conf.d" / path.name).write_text(text, encoding="utf-8")
    (root / "etc/apt/apt.conf.d/99-keep").write_text('Binary::apt::APT::Keep-Downloaded-Packages "true";\n')
    (root / "etc/dpkg/dpkg.cfg.d/99-quick").write_text("force-unsafe-io\n")
    # The packages' own scripts must not start what they install.
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    policy.chmod(0o755)
    inside = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "--download-only"]
    run(root, "apt-get", "update", "--quiet")
    run(root, *inside, *_FETCHED)
    _run(["tar", "-C", str(root), "-cf", str(folder / TAR), "."])
    shutil.rmtree(root)


def unpack(tar: Path, root: Path) -> None:
    """Make a fresh machine of a folder."""
    root.mkdir(parents=True)
    _run(["tar", "-C", str(root), "-xf", str(tar)])


def run(root: Path, *words: str, check: bool = True) -> str:
    """Run a program in the machine; return what it said."""
    path = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return _run(["chroot", str(root), *words], check=check, PATH=path)


def _run(words: Sequence[str], check: bool = True, **environ: str) -> str:
    done = subprocess.run(
        words, env=_plain(environ), capture_output=True, text=True, check=check, stdin=subprocess.DEVNULL
    )
    return done.stdout + done.stderr


def _plain(environ: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", **environ}
