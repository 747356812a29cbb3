"""`python -m hookline.service.probe ROOT`: is the service here ready? What an image's HEALTHCHECK calls."""

from __future__ import annotations

import http.client
import os
import sys
from pathlib import Path

from hookline.config import load_settings
from hookline.errors import HooklineError

__all__ = ["main"]

_SECONDS = 4


def main(root: Path) -> int:
    """Ask /health/ready of the address that config.yaml says; return 0 if it is."""
    try:
        service = load_settings(root, os.environ).service
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(service.host.strip("[]"), service.host)  # noqa: S104 - compared
        connection = http.client.HTTPConnection(host, service.port, timeout=_SECONDS)
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        sys.stdout.write(f"{answer.status} {answer.read(200).decode(errors='replace')}\n")
    except (HooklineError, OSError, http.client.HTTPException) as error:
        sys.stdout.write(f"no answer: {error}\n")
        return 1
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
