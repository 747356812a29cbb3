"""Managed by hookline. Fetch the controller's agent program, and become it.

JENKINS_URL and AGENT_SECRET_FILE say where; the program is the controller's own, so both always fit together.
"""

from __future__ import annotations

import os
import sys
import time
import urllib.request
from pathlib import Path

PATIENCE = 600
PAUSE = 3


def main() -> None:
    """Wait for the controller, then work for it."""
    url, secret = os.environ["JENKINS_URL"].rstrip("/"), Path(os.environ["AGENT_SECRET_FILE"])
    program = Path("/tmp/agent.jar")  # noqa: S108 - the container's own
    end = time.monotonic() + PATIENCE
    while not (secret.exists() and fetched(f"{url}/jnlpJars/agent.jar", program)):
        if time.monotonic() > end:
            sys.exit(f"error: {url} is not ready after {PATIENCE} s; look at its log")
        time.sleep(PAUSE)
    words = [os.environ["JAVA"], "-jar", str(program), "-url", url, "-name", "hookline", "-webSocket"]
    words += ["-secret", f"@{secret}", "-workDir", "/workspace"]
    os.execv(words[0], words)  # noqa: S606 - as this is all there is to do


def fetched(url: str, path: Path) -> bool:
    """Tell whether the file is here now."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            path.write_bytes(answer.read())
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
