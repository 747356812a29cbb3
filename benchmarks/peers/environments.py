"""An environment for each peer, made once and kept outside the repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.peers.catalog import Peer

__all__ = ["environment"]

_UV = str(Path(sys.executable).with_name("uv"))


def environment(peer: Peer) -> Path:
    """Install a peer unless it is there; return the folder of its programs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "hookline-peers"
    folder = cache / peer.name.lower()
    done = folder / "installed"
    wanted = "\n".join(peer.requirements)
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        print(f"installing {peer.name} ...", flush=True)
        subprocess.run(
            [_UV, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True
        )
        install = [_UV, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
        subprocess.run([*install, "joblib", *peer.requirements], check=True)
        done.write_text(wanted, encoding="utf-8")
    return folder / "bin"
