"""Measure the peers beside the service, in turn, several times, all in one run."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.peers.catalog import PEERS, Peer
from benchmarks.peers.environments import environment
from benchmarks.serving import projects
from benchmarks.serving.load import load, missing_programs
from benchmarks.serving.processor import rest
from benchmarks.serving.server import ROW, Server, free_port, hookline, serve, uvicorn
from tests.house import ROOT

RUNS = 5
SECONDS = 3
KINDS = ("forest", "logistic")
MODEL = Path(__file__).with_name("model.py")


def run(runs: int = RUNS, seconds: int = SECONDS) -> dict[str, Any]:
    """Return requests a second of each server and model."""
    if missing := missing_programs():
        sys.exit(f"error: {', '.join(missing)} missing; on Debian: apt-get install wrk util-linux")
    programs = {peer.name: environment(peer) for peer in PEERS}
    lines: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for kind in KINDS:
            with contextlib.ExitStack() as stack:
                servers = _beside(kind, Path(scratch), stack)
                for server, package in zip(servers, ("hookline", "fastapi", "pydantic"), strict=True):
                    lines.setdefault(server.name, {"version": version(package)})
                for peer in PEERS:
                    folder = Path(scratch) / f"{peer.name}-{kind}"
                    lines.setdefault(peer.name, {})["version"] = _fit(peer, programs[peer.name], kind, folder)
                    servers.append(_theirs(peer, programs[peer.name], folder, stack))
                for name, seen in _rates(servers, runs, seconds).items():
                    lines[name][kind] = statistics.median(seen)
    return {"runs": runs, "seconds": seconds, "peers": lines}


def _beside(kind: str, scratch: Path, stack: contextlib.ExitStack) -> list[Server]:
    """Start the service, and what it is measured against in any case."""
    project = projects.make(kind, scratch)
    port, plain, floor = free_port(), free_port(), free_port()
    commands = {
        "hookline": (hookline(project, port), port),
        "plain FastAPI": (uvicorn("benchmarks.serving.plain:app", plain), plain),
        "floor, no model": (uvicorn("benchmarks.serving.floor:app", floor), floor),
    }
    return [
        stack.enter_context(serve(name, command, at, cwd=ROOT, PROJECT=str(project)))
        for name, (command, at) in commands.items()
    ]


def _fit(peer: Peer, programs: Path, kind: str, folder: Path) -> str:
    folder.mkdir()
    words = [str(programs / "python"), str(MODEL), peer.name, kind, ",".join(ROW)]
    done = subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True)
    return str(done.stdout.split()[-1])


def _theirs(peer: Peer, programs: Path, folder: Path, stack: contextlib.ExitStack) -> Server:
    port = free_port()
    env = {"MODEL": str(folder), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = peer.command(programs, port)
    running = serve(peer.name, command, port, cwd=folder, path=peer.path, body=peer.body, **env)
    return stack.enter_context(running)


def _rates(servers: list[Server], runs: int, seconds: int) -> dict[str, list[float]]:
    seen: dict[str, list[float]] = {server.name: [] for server in servers}
    for turn in range(runs):
        for server in servers:
            rest(servers[:1])  # ours, whose shipper works on; what others do of themselves is theirs
            found = load(server, connections=32, seconds=seconds)
            if found.bad:
                raise RuntimeError(f"{server.name} answered {found.bad} requests with an error")
            seen[server.name].append(found.per_second)
            print(f"{server.name}, run {turn + 1}: {found.per_second:.0f}/s", flush=True)
    return seen
