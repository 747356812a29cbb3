"""Ask at a steady rate, each request at its time: `PORT SECONDS RATE`; prints what was seen as JSON."""

from __future__ import annotations

import http.client
import json
import sys
import time

from benchmarks.serving.server import BODY, PATH


def main(port: int, seconds: float, rate: float) -> None:
    """Print the latencies in seconds, sorted, and how many requests failed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    latencies: list[float] = []
    failed = 0
    begun = time.perf_counter()
    for number in range(round(seconds * rate)):
        due = begun + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        asked = time.perf_counter()
        try:
            connection.request("POST", PATH, BODY, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            failed += answer.status != 200 or answer.headers["X-Prediction-Logged"] is not None
        except (OSError, http.client.HTTPException):
            failed += 1
            connection.close()
        latencies.append(time.perf_counter() - asked)
    print(json.dumps({"latencies": sorted(latencies), "failed": failed}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
