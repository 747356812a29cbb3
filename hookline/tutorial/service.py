"""The service of the tutorial: started on a free port, asked, and stopped again."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from hookline.errors import HooklineError

__all__ = ["SERVE", "ask", "serving"]

SECONDS = 30
SERVE = ("serve", "--host", "127.0.0.1", "--port", "0", "--json")


@contextmanager
def serving(project: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """Serve a project while the block runs, and give its address."""
    quick = {"HOOKLINE_SERVICE__DRAIN_DELAY": "0"}
    # In a session of its own: Ctrl-C is for the tutorial, which then ends the service.
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "hookline.cli", *SERVE],
        cwd=project,
        env={**environ, **quick},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield _address(process)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
    sentence = "it said nothing"
    for line in process.stdout:
        event = json.loads(line)
        sentence = event.get("sentence", sentence)
        if event["event"] == "serving":
            return str(event["address"])
    raise HooklineError(f"the service did not start ({sentence}); run `hookline doctor`")


def ask(address: str, body: str) -> str:
    """Send rows, and return the answer as it came."""
    request = Request(f"{address}/api/predictions", body.encode(), {"Content-Type": "application/json"})  # noqa: S310 - loopback
    answer = _read(request)
    _wait_for(json.loads(answer)[0]["prediction_id"], f"{address}/api/logs?limit=1")
    return answer


def _wait_for(prediction_id: str, logs: str) -> None:
    """Wait until the prediction can be read in the log: it is safe at once, and shipped a moment later."""
    until = time.monotonic() + SECONDS
    while prediction_id not in _read(Request(logs)) and time.monotonic() < until:  # noqa: S310 - loopback
        time.sleep(0.05)


def _read(request: Request) -> str:
    direct = build_opener(ProxyHandler({}))
    try:
        with direct.open(request, timeout=SECONDS) as answer:
            return str(answer.read().decode())
    except URLError as error:
        raise HooklineError(f"the service does not answer ({error}); run `hookline doctor`") from error
