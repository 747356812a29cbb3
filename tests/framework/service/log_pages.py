"""Look at the log's pages in a browser, and at what they must not hold."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.framework.service.browser import Browser, Page, chromium
from tests.framework.service.running import Running

__all__ = ["Inline", "eventually", "fill_in", "logged", "needs_chromium", "press", "saved"]

needs_chromium = pytest.mark.skipif(
    chromium() is None and os.environ.get("CI") != "true", reason="no Chromium on this machine"
)


def eventually(found: Callable[[], Any], seconds: float = 20) -> Any:
    """Return what is found as soon as it is true."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
    return value


def logged(running: Running, count: int, **headers: str) -> list[dict[str, Any]]:
    """Return the log's records as soon as there are so many."""

    def look() -> list[dict[str, Any]] | None:
        answer = running.ask("GET", "/api/logs?limit=1000", **headers)
        records: list[dict[str, Any]] = answer.json()["records"] if answer.status == 200 else []
        return records if len(records) >= count else None

    return list(eventually(look))


class Inline(HTMLParser):
    """Count what a strict policy would have to forbid."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on") or name == "style"]
        addresses = [str(given[name]) for name in ("href", "src", "action", "formaction") if given.get(name)]
        self.found += [one for one in addresses if one.startswith(("javascript:", "data:", "//"))]


def fill_in(page: Page, field: str, text: str) -> None:
    """Write into a field, and submit its form."""
    found = f"document.querySelector({json.dumps(field)})"
    page.run(f"{found}.value = {json.dumps(text)}; {found}.form.requestSubmit()")


def press(page: Page, key: str) -> None:
    """Press a key."""
    text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
    page.send("Input.dispatchKeyEvent", type="keyDown", key=key, **({"text": text} if text else {}))
    page.send("Input.dispatchKeyEvent", type="keyUp", key=key)


def saved(browser: Browser, page: Page, link: str, file: Path) -> bytes:
    """Click on an export; return the file that the browser makes of it."""
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(file.parent))
    page.click(link)
    eventually(lambda: file.exists() and file.stat().st_size)
    return file.read_bytes()
