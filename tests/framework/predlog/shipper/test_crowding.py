from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hookline.predlog.shipper import crowding
from hookline.predlog.shipper.crowding import Crowding


def in_a_thread(work: Callable[[], float]) -> float:
    """Run it in a thread whose processor may be chosen, and which ends."""
    found: list[float] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def spin(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@pytest.mark.skipif(not crowding._SEEN.exists(), reason="the system does not count it")
def test_who_had_to_wait_for_a_processor_rests_but_not_for_long() -> None:
    core = min(os.sched_getaffinity(0))

    def crowded() -> float:
        os.sched_setaffinity(0, {core})
        seen = Crowding()
        spin(0.2)
        return seen.rest()

    begin = f"import os, time\nos.sched_setaffinity(0, {{{core}}})\nprint(flush=True)\n"
    busy = f"{begin}end = time.monotonic() + 20\nwhile time.monotonic() < end: pass"
    command = [sys.executable, "-c", busy]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as hog:
        try:
            assert hog.stdout is not None
            hog.stdout.readline()
            assert 0.02 < in_a_thread(crowded) <= 0.1
        finally:
            hog.kill()


def test_what_was_waited_before_counts_no_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(crowding, "_SEEN", tmp_path / "schedstat")
    (tmp_path / "schedstat").write_text("5 7000000000 1")
    seen = Crowding()
    (tmp_path / "schedstat").write_text("6 7040000000 2")
    assert [round(seen.rest(), 6), seen.rest()] == [0.04, 0]


def test_where_nobody_counts_it_there_is_no_rest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(crowding, "_SEEN", tmp_path / "schedstat")
    assert Crowding().rest() == 0
    (tmp_path / "schedstat").write_text("0 0")
    seen = Crowding()
    (tmp_path / "schedstat").write_text("0 words 0")
    assert seen.rest() <= 0
