"""Stand in for a container client and its engine: `run` starts a process that answers what a test wants.

It is a stub: nothing is contained. What real engines do is tried in tests/chain.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

__all__ = ["Stub"]

PROGRAM = """\
#!/bin/sh
exec {python} -P {script} {folder} "$@"
"""


class Stub:
    """Write a client into a folder; `wants` says how its one container behaves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.client = folder / "docker"
        self.client.write_text(PROGRAM.format(python=sys.executable, script=Path(__file__), folder=folder))
        self.client.chmod(0o755)
        self.wants()

    def wants(self, **answers: Any) -> None:
        """Say what the container does: answers by path, `ready`, `code`, `refuse` (a command that
        fails), `slow` (one that takes long)."""
        (self.folder / "wants.json").write_text(json.dumps(answers))

    @property
    def calls(self) -> list[str]:
        """Return how the client was called."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def close(self) -> None:
        """End the container that still runs, if there is one."""
        state = self.folder / "state.json"
        if state.exists() and (pid := json.loads(state.read_text())["pid"]):
            os.kill(pid, signal.SIGTERM)


def _main(folder: Path, command: str, *words: str) -> int:
    with (folder / "calls").open("a") as calls:
        calls.write(" ".join((command, *words)) + "\n")
    wants, state = json.loads((folder / "wants.json").read_text()), folder / "state.json"
    if wants.get("refuse") == command:
        sys.stderr.write(f"first line\ncannot {command}\n")
        return 1
    if wants.get("slow") == command:
        time.sleep(30)
    if command == "run":
        return _run(folder, wants)
    if command in ("port", "stop", "inspect", "rm"):
        known = json.loads(state.read_text())
        if command == "port":
            sys.stdout.write(f"127.0.0.1:{known['port']}\n")
        elif command == "inspect":
            running = "false" if known["stopped"] or wants.get("dies") else "true"
            sys.stdout.write(running if "Running" in words[1] else str(wants.get("code", 0)))
        elif known["pid"]:
            os.kill(known["pid"], signal.SIGTERM)
            state.write_text(json.dumps(known | {"pid": 0, "stopped": True}))
    elif command == "image":
        sys.stdout.write(json.dumps(wants.get("labels", {})) if "Labels" in words[2] else "sha256:abc")
    elif command == "logs":
        sys.stdout.write("what it said last\n")
    return 0


def _run(folder: Path, wants: dict[str, Any]) -> int:
    if "hookline.image.inventory" in (folder / "calls").read_text().splitlines()[-1]:
        sys.stdout.write(json.dumps(wants["inventory"]))
        return 0
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    _Answers.wants = wants
    pid = os.fork()
    if pid == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        server.serve_forever()
    (folder / "state.json").write_text(
        json.dumps({"pid": pid, "port": server.server_address[1], "stopped": False})
    )
    sys.stdout.write("c0ffee\n")
    return 0


class _Answers(BaseHTTPRequestHandler):
    wants: dict[str, Any]

    def do_GET(self) -> None:
        self._reply(200 if self.wants.get("ready", True) else 503, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        status, body = self.wants["answers"].get(self.path, (404, {}))
        self._reply(status, body)

    def _reply(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in self.wants.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), *sys.argv[2:]))
