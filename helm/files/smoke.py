"""Managed by hookline. Run by `helm test`: ask the installed service what its callers would.

Needs nothing but Python. The request is the example that the service's own documentation gives.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

TRIES = 10


def ask(address: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Return status and JSON of an answer; try again while the network is being set up."""
    trouble: Exception | None = None
    for _ in range(TRIES):
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=5)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException) as error:
            trouble = error
            time.sleep(1)
        finally:
            connection.close()
    sys.exit(f"{address} does not answer: {trouble}; look at the pods, and at the NetworkPolicy")


def main(address: str) -> str:
    """Return what came; stop with a sentence at the first answer that is not as it should be."""
    status, said = ask(address, "GET", "/health/ready")
    if status != 200:
        sys.exit(f"the service is not ready: {said.get('detail')}")
    status, said = ask(address, "GET", "/openapi.json")
    if status != 200:
        return "ready; predictions not tried, for service.docs is false and no example is to be had"
    content = said["paths"]["/api/predictions"]["post"]["requestBody"]["content"]["application/json"]
    rows = next(iter(content["examples"].values()))["value"] if "examples" in content else content["example"]
    status, said = ask(address, "POST", "/api/predictions", rows)
    if status == 401:
        return "ready; predictions ask for a key"
    if status != 200 or len(said) != len(rows):
        sys.exit(f"/api/predictions answered {status}: {said}")
    return f"ready; predicted {said}"


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1]) + "\n")
