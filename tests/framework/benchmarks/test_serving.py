from __future__ import annotations

import http.server
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.serving.measures import at_least
from benchmarks.serving.pace import main as paced
from benchmarks.serving.processor import Spent, rest, spent
from benchmarks.serving.report import section
from benchmarks.serving.server import free_port, serve

DELAY = 0.2


class _Slow(http.server.BaseHTTPRequestHandler):
    """Answer every request, the tenth late."""

    protocol_version = "HTTP/1.1"
    count = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        _Slow.count += 1
        if _Slow.count % 10 == 0:
            time.sleep(DELAY)
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def slow() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Slow) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_at_a_fixed_rate_a_late_answer_is_seen_and_does_not_lower_the_rate(slow: int) -> None:
    begun = time.perf_counter()
    seen = paced(slow, 50, 2)
    assert seen.requests == 100
    assert time.perf_counter() - begun >= 99 / 50
    assert seen.p99 >= DELAY > seen.p50


WORKING = """
import http.server, sys, threading, time
def work():
    end = time.process_time() + 1
    while time.process_time() < end: pass
class Door(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        threading.Thread(target=work).start()
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Door).serve_forever()
"""


def test_a_server_is_at_rest_when_it_works_no_more(tmp_path: Path) -> None:
    port = free_port()
    with serve("w", [sys.executable, "-c", WORKING, str(port)], port, cwd=tmp_path, cores="0,1") as server:
        rest([server])
        used = spent(server)
        assert used.worker >= 0.9, "what it did after its answer"
        assert used.shipper == 0.0


def test_processor_time_is_that_of_a_request() -> None:
    assert Spent(3.0, 0.5).since(Spent(1.0, 0.25)).each(100_000) == {"worker_us": 20.0, "shipper_us": 2.5}


def test_the_section_says_what_misses_its_target_and_how_it_was_measured(tmp_path: Path) -> None:
    detail = {
        "one": 10.0,
        "two": 11.0,
        "worker_us": 28.0,
        "shipper_us": 8.0,
        "wrk_us": 20.0,
        "of_two_us": 30.0,
    }
    measures = [
        at_least("2 workers against 1", 1.1, 1.5, detail=detail).plain(),
        at_least("prediction log on, against off", 0.95, 0.9, detail={"on": 19.0, "off": 20.0}).plain(),
    ]
    result = {"runs": 1, "seconds": 1, "measures": measures}
    before = "\n".join(section(result, tmp_path))
    text = "\n".join(section({**result, "at_rest": True}, tmp_path))
    assert "| 0.95 | yes | on 19, off 20 |" in text
    assert "20 µs of `wrk`'s processor time, 28 of the worker's and 8 of the shipper's" in text
    assert "- prediction log" not in text
    assert "did not wait" in before
    assert "did not wait" not in text
