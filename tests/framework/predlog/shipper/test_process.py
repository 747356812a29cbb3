"""The shipper as a process: who starts it, that there is one, and how it ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from hookline.predlog.places import Places
from hookline.predlog.shipper.lock import holder, is_free
from hookline.predlog.sinks.sqlite.database import read_only
from tests.framework.predlog.killing import closing_account
from tests.framework.predlog.writing import Scribe, prediction, predictions
from tests.framework.service.runner.processes import alive, eventually, shippers_of
from tests.framework.service.running import serve

SHIP = [sys.executable, "-m", "hookline.cli", "ship"]
ROW = [{"size": 1.0, "weight": 1.0, "plan": "pro"}]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a folder that is a project to whoever looks at the log."""
    (tmp_path / "source").mkdir()
    return tmp_path


@pytest.fixture
def places(root: Path) -> Places:
    return Places(root / "var")


def count(places: Places) -> int:
    with contextlib.suppress(sqlite3.Error), closing(read_only(places.database)) as connection:
        return int(connection.execute("SELECT count(*) FROM prediction").fetchone()[0])
    return 0


@contextmanager
def ship(root: Path, **environ: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        SHIP, cwd=root, env={**os.environ, **environ}, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_it_ships_once_by_hand(root: Path, places: Places) -> None:
    scribe = Scribe(places.journal)
    scribe.append(*predictions(2_500))
    scribe.die()
    subprocess.run([*SHIP, "--once"], cwd=root, check=True)
    assert count(places) == 2_500
    assert list(places.journal.iterdir()) == []
    assert places.database.stat().st_mode & 0o077 == 0
    assert is_free(places.lock)


def test_once_fails_with_the_reason_when_a_sink_does_not_take_it(root: Path, places: Places) -> None:
    scribe = Scribe(places.journal)
    scribe.append(prediction())
    with closing(sqlite3.connect(places.database)) as connection:
        connection.execute("PRAGMA user_version = 999")
    ran = subprocess.run([*SHIP, "--once"], cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "error: sqlite: " in ran.stderr
    assert "has schema 999" in ran.stderr
    scribe.die()


def test_only_one_ships_and_it_says_who(root: Path, places: Places) -> None:
    with ship(root) as first:
        assert eventually(lambda: holder(places.lock) == first.pid)
        ran = subprocess.run([*SHIP, "--once"], cwd=root, capture_output=True, text=True, check=False)
        assert ran.returncode == 1
        assert f"error: process {first.pid} ships this log already" in ran.stderr


def test_a_log_that_is_switched_off_has_nothing_to_ship(root: Path) -> None:
    (root / "config.yaml").write_text("prediction_log: {enabled: false}\n")
    ran = subprocess.run(SHIP, cwd=root, capture_output=True, text=True, check=False)
    assert (ran.returncode, "error: prediction_log.enabled is false" in ran.stderr) == (1, True)


def test_a_directory_that_cannot_be_used_is_named(root: Path) -> None:
    (root / "var").write_text("a file")
    ran = subprocess.run(SHIP, cwd=root, capture_output=True, text=True, check=False)
    assert (ran.returncode, "must be a folder that can be written" in ran.stderr) == (1, True)


def test_sigterm_ships_what_is_there_and_ends(root: Path, places: Places) -> None:
    scribe = Scribe(places.journal)
    with ship(root) as process:
        assert eventually(places.status.exists)
        scribe.append(*predictions(20_000))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert count(places) == 20_000
    scribe.die()


def test_sigterm_waits_no_longer_than_it_is_told_to(root: Path, places: Places) -> None:
    scribe = Scribe(places.journal)
    places.directory.mkdir(exist_ok=True)
    with closing(sqlite3.connect(places.database)) as connection:
        connection.execute("PRAGMA user_version = 999")
    scribe.append(prediction())
    with ship(root, HOOKLINE_PREDICTION_LOG__DRAIN_SECONDS="0.5") as process:
        assert eventually(lambda: places.status.exists() and '"known": false' in places.status.read_text())
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert 0.5 <= time.monotonic() - started < 10
    assert scribe.segment.exists()
    scribe.die()


def test_it_ends_when_its_lock_was_deleted(root: Path, places: Places) -> None:
    with ship(root) as process:
        assert eventually(lambda: holder(places.lock) == process.pid)
        places.lock.unlink()
        assert process.wait(20) == 0


def test_a_record_is_in_the_database_within_a_second(root: Path, places: Places) -> None:
    scribe = Scribe(places.journal)
    with ship(root):
        assert eventually(places.status.exists)
        waits = []
        for number in range(1, 11):
            scribe.append(prediction())
            started = time.monotonic()
            assert eventually(lambda number=number: count(places) >= number)  # type: ignore[misc]
            waits.append(time.monotonic() - started)
    assert sorted(waits)[5] < 1
    scribe.die()


# ---- who starts it ----


def test_serve_has_one_replaces_it_when_it_dies_and_stops_it_last(served: Path) -> None:
    places = Places(served / "var")
    with serve(served, workers=2) as running:
        supervisor = running.process.pid
        assert eventually(lambda: shippers_of(supervisor))
        (first,) = shippers_of(supervisor)
        assert eventually(lambda: holder(places.lock) == first)
        os.kill(first, signal.SIGKILL)
        running.wait_for("shipper-died")
        assert eventually(lambda: holder(places.lock) not in (first, None))
        for _ in range(20):
            assert running.ask("POST", "/api/predictions", ROW).status == 200
        assert running.stop() == 0
        assert alive(shippers_of(supervisor)) == []
    assert count(places) == 20
    assert closing_account(places).pending == 0
    assert list(places.journal.iterdir()) == []


@pytest.mark.slow
def test_serve_without_a_log_has_none(served: Path) -> None:
    with serve(served, prediction_log__enabled=False) as running:
        assert shippers_of(running.process.pid) == []
        assert running.ask("POST", "/api/predictions", ROW).status == 200
    assert not (served / "var").exists()


@pytest.mark.slow
def test_the_service_shows_the_accounts_as_metrics(served: Path) -> None:
    with serve(served) as running:
        assert running.ask("POST", "/api/predictions", ROW * 3).status == 200

        def numbers() -> dict[str, float]:
            lines = running.ask("GET", "/metrics").body.decode().splitlines()
            words = [line.split(" ") for line in lines if 'sink="sqlite"' in line]
            return {name.partition("{")[0].removeprefix("hookline_predlog_"): float(n) for name, n in words}

        # Four records: three rows, and that the model went live.
        assert eventually(lambda: numbers().get("delivered_total") == 4)
        found = numbers()
        assert found["sink_appended_total"] == 4
        assert (found["pending"], found["dead_letters_total"], found["sink_dropped_total"]) == (0, 0, 0)
        assert found["oldest_pending_seconds"] == 0


@pytest.mark.slow
def test_plain_uvicorn_with_workers_has_exactly_one_which_ends_after_them(served: Path) -> None:
    places = Places(served / "var")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    words = [sys.executable, "-m", "uvicorn", "main:app", "--workers", "2", "--port", str(port)]
    with subprocess.Popen(words, cwd=served, stderr=subprocess.DEVNULL, start_new_session=True) as uvicorn:
        try:
            assert eventually(lambda: asked(port), 30)
            assert eventually(lambda: count(places) >= 1)
            first = holder(places.lock)
            assert first is not None
            assert eventually(lambda: all_shippers(served) == [first])  # who came second leaves
            os.kill(first, signal.SIGKILL)
            assert eventually(lambda: holder(places.lock) != first and not is_free(places.lock))
            answered = sum(asked(port) for _ in range(20)) + 1
        finally:
            os.killpg(uvicorn.pid, signal.SIGKILL)
    assert eventually(lambda: not all_shippers(served), 30)
    assert count(places) >= answered
    assert closing_account(places).pending == 0


def asked(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        body = json.dumps(ROW)
        connection.request("POST", "/api/predictions", body, {"content-type": "application/json"})
        return connection.getresponse().status == 200
    return False


def all_shippers(project: Path) -> list[int]:
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words: list[Any] = (folder / "cmdline").read_bytes().split(b"\0")
            if b"hookline.predlog.shipper" in words and str(project).encode() in words:
                found.append(int(folder.name))
    return alive(found)


@contextmanager
def ship_on_a_busy_core(root: Path, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """Ship on a core that another process never leaves."""
    core = min(os.sched_getaffinity(0))
    here = f"import os, sys; os.sched_setaffinity(0, {{{core}}}); "
    busy = f"{here}import time; end = time.monotonic() + 120\nwhile time.monotonic() < end: pass"
    command = [sys.executable, "-c", f"{here}os.execv(sys.argv[1], sys.argv[1:])", *SHIP]
    with (
        subprocess.Popen(command, cwd=root, env={**os.environ, **environ}) as shipper,
        subprocess.Popen([sys.executable, "-c", busy]) as hog,
    ):
        try:
            yield shipper
            assert hog.poll() is None, "the processor was busy all the time"
        finally:
            hog.kill()
            shipper.terminate()


@pytest.mark.slow
def test_a_processor_that_others_keep_busy_all_the_time_makes_the_log_late_but_not_for_long(
    root: Path, places: Places
) -> None:
    scribe = Scribe(places.journal)
    with ship_on_a_busy_core(root):
        scribe.append(prediction())
        assert eventually(lambda: count(places) == 1, 60)
        scribe.append(*predictions(20_000))
        # With nothing but what is left over it would take minutes.
        assert eventually(lambda: count(places) == 20_001, 45)


@pytest.mark.slow
def test_what_is_left_at_the_end_is_shipped_though_others_keep_the_processor_busy(
    root: Path, places: Places
) -> None:
    scribe = Scribe(places.journal)
    # Time enough if other tests want this core too; who takes what nobody wants ships some hundred in it.
    with ship_on_a_busy_core(root, HOOKLINE_PREDICTION_LOG__DRAIN_SECONDS="15") as shipper:
        scribe.append(prediction())
        assert eventually(lambda: count(places) == 1, 60)
        time.sleep(1)
        scribe.append(*predictions(20_000))
        time.sleep(0.3)
        shipper.terminate()
        assert shipper.wait(40) == 0
        assert count(places) == 20_001
