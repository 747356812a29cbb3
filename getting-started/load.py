"""Managed by hookline. Send one request over and over, and say every few seconds how many were answered.

Run in the cluster by load_test.sh, with nothing but Python: `python load.py http://ADDRESS request.json`.
Sends API_KEY, or what the file API_KEY_FILE holds, if there is one.
"""

from __future__ import annotations

import http.client
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

THREADS = 16
EVERY = 5.0


def send(address: str, body: bytes, count: Counter[str]) -> None:
    """Send for ever, over one connection that is made anew when it is gone."""
    place, headers = urlsplit(address), {"Content-Type": "application/json"}
    if key := os.environ.get("API_KEY") or _read(os.environ.get("API_KEY_FILE")):
        headers["X-API-Key"] = key
    while True:
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
        try:
            # New pods get their share only of new connections.
            for _ in range(200):
                connection.request("POST", "/api/predictions", body, headers)
                answer = connection.getresponse()
                answer.read()
                count[str(answer.status)] += 1
        except (OSError, http.client.HTTPException):
            count["failed"] += 1
            time.sleep(0.5)
        finally:
            connection.close()


def _read(name: str | None) -> str:
    """Return what the file of a secret holds; there may be none."""
    return Path(name).read_text(encoding="utf-8").strip() if name and Path(name).exists() else ""


def main() -> None:
    """Start the senders, and report."""
    address, file = sys.argv[1:]
    body, count = Path(file).read_bytes(), Counter[str]()
    for _ in range(THREADS):
        threading.Thread(target=send, args=(address, body, count), daemon=True).start()
    while True:
        before = dict(count)
        time.sleep(EVERY)
        rates = {name: (number - before.get(name, 0)) / EVERY for name, number in sorted(count.items())}
        said = ", ".join(f"{name}: {rate:.0f}/s" for name, rate in rates.items())
        sys.stdout.write(f"{said or 'no answer yet'}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
