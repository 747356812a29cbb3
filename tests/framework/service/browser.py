"""Drive a real browser: headless Chromium, spoken to in its own protocol over a pipe; nothing to install."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["HOST", "Browser", "Page", "browser", "chromium"]

SECONDS = 30.0
HOST = "service.example"
"""A name that the browser takes for this machine: pages behave otherwise where they know they are at home."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium() -> str | None:
    """Return the path of a Chromium on this machine."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


class Browser:
    """Send commands, and take down what the browser tells."""

    def __init__(self, process: subprocess.Popen[bytes], commands: int, answers: int) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []
        self._commands = commands
        self._answers = answers
        self._heard = b""
        self._number = 0

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Send a command, and return its result."""
        self._number += 1
        number = self._number
        words = {
            "id": number,
            "method": method,
            "params": params,
            **({"sessionId": session} if session else {}),
        }
        os.write(self._commands, json.dumps(words).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                return dict(answer["result"])
            self.events.append(answer)

    def page(self) -> Page:
        """Open a page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, session)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            data = os.read(self._answers, 1 << 20)
            assert data, "the browser ended"
            self._heard += data
        message, _, self._heard = self._heard.partition(b"\0")
        return dict(json.loads(message))


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def open(self, url: str, *, width: int = 1200, height: int = 900) -> None:
        """Go to an address."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self._call("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """Return the value of an expression of JavaScript."""
        found = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait_for(self, script: str) -> Any:
        """Return the value of an expression as soon as it is true."""
        deadline = time.monotonic() + SECONDS
        patient = f"(() => {{ try {{ return {script} }} catch {{ return null }} }})()"

        def look() -> Any:
            try:
                return self.run(patient)
            except AssertionError as error:
                if "target navigated" not in str(error):
                    raise
                return None  # the next page was about to come

        while not (value := look()):
            assert time.monotonic() < deadline, (
                script,
                self.run("document.body.innerText.slice(0, 3000)"),
                self.errors,
            )
            time.sleep(0.02)  # on a busy machine the page needs the time
        return value

    def click(self, selector: str) -> None:
        """Click on what a CSS selector finds, as soon as it is there."""
        self.wait_for(f"document.querySelector({json.dumps(selector)}) !== null")
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command of the protocol."""
        return self._call(method, **params)

    def picture(self) -> bytes:
        """Return what is seen, as PNG."""
        return base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"])

    @property
    def requests(self) -> list[str]:
        """Return the addresses that were asked for."""
        return [event["params"]["request"]["url"] for event in self._events("Network.requestWillBeSent")]

    @property
    def errors(self) -> list[str]:
        """Return what the console complains about."""
        entries = [event["params"]["entry"] for event in self._events("Log.entryAdded")]
        complaints = [
            f"{entry['level']}: {entry['text']} {entry.get('url', '')}"
            for entry in entries
            if entry["level"] in ("error", "warning")
        ]
        calls = [event["params"] for event in self._events("Runtime.consoleAPICalled")]
        complaints += [
            f"{call['type']}: {call['args']}" for call in calls if call["type"] in ("error", "warning")
        ]
        return complaints + [str(event["params"]) for event in self._events("Runtime.exceptionThrown")]

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)

    def _events(self, method: str) -> list[dict[str, Any]]:
        ours = [event for event in self._browser.events if event.get("sessionId") == self._session]
        return [event for event in ours if event["method"] == method]


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Run a browser that knows nobody, and can reach this machine only."""
    program = chromium()
    assert program is not None
    commands, answers = os.pipe(), os.pipe()
    process = subprocess.Popen(
        [
            *("bash", "-c", 'exec "$@" 3<&"$IN" 4>&"$OUT"', "bash"),
            *(program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"),
            *(
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-extensions",
                "--disable-background-networking",
            ),
            *("--disable-component-update", "--disable-sync", "--disable-default-apps", "--no-proxy-server"),
            f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--user-data-dir={profile}",
            "about:blank",
        ],
        env={**os.environ, "IN": str(commands[0]), "OUT": str(answers[1])},
        pass_fds=(commands[0], answers[1]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(commands[0])
    os.close(answers[1])
    found = Browser(process, commands[1], answers[0])
    try:
        yield found
    finally:
        found.call("Browser.close")
        process.wait(SECONDS)
        os.close(commands[1])
        os.close(answers[0])
