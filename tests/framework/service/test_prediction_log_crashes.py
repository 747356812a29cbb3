"""The log in a real service: workers that are killed, and disks that are full."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hookline.predlog.journal.counts import read_counts
from hookline.predlog.journal.read import read_all, writers
from tests.framework.disk import fill, mounted
from tests.framework.service.conftest import Trained
from tests.framework.service.projects import IRIS_ROW, MIXED_ROW
from tests.framework.service.running import Running, serve
from tests.framework.service.wire import Answer, Wire

PATH = "/api/predictions"
BODY = json.dumps([IRIS_ROW, IRIS_ROW]).encode()
JOURNAL_ONLY: dict[str, Any] = {"prediction_log__embedded": False, "prediction_log__min_free_bytes": 0}
"""Without a sink nobody ships, and the journal stays to be read."""
NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def records(journal: Path) -> list[dict[str, Any]]:
    """Return every prediction of every writer; each line must be JSON."""
    lines = [json.loads(line) for writer in writers(journal) for line in read_all(writer)]
    return [line for line in lines if line["kind"] == "prediction"]


def logged(answer: Answer) -> bool:
    return answer.headers.get("x-prediction-logged") != "false"


def ids_of(answer: Answer) -> list[str]:
    return [row["prediction_id"] for row in answer.json()]


def metric(running: Running, name: str) -> float:
    text = running.ask("GET", "/metrics").body.decode()
    (line,) = [line for line in text.splitlines() if line.startswith(f"hookline_predlog_{name} ")]
    return float(line.split(" ")[1])


def eventually(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    """Wait until it holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.01)


class Callers:
    """Ask on several connections while entered, and keep the id of every row that was answered."""

    def __init__(self, port: int, count: int = 4) -> None:
        self.ids: list[str] = []
        self.failed: list[Answer] = []
        self._port = port
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(count)]

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(OSError), Wire(self._port) as wire:
                while not self._stop.is_set():
                    answer = wire.ask("POST", PATH, BODY)
                    if answer.status == 200 and logged(answer):
                        self.ids += ids_of(answer)
                    else:
                        self.failed.append(answer)


def kill_workers(running: Running, callers: Callers, rounds: int) -> None:
    """Kill one worker after the other, each after it answered some requests."""
    chance = random.Random(4)  # noqa: S311 - not a secret
    for number in range(rounds):
        before = len(callers.ids)
        eventually(lambda: len(callers.ids) > before + chance.randrange(50, 200))  # noqa: B023 - used at once
        os.kill(worker_of(running), signal.SIGKILL)
        running.wait_for("died", times=number + 1)


def worker_of(running: Running) -> int:
    """Return a worker that lives: a child of the stem."""
    stem = int(
        Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children").read_text().split()[0]
    )
    found: list[int] = []

    def there() -> bool:
        found[:] = map(int, Path(f"/proc/{stem}/task/{stem}/children").read_text().split())
        return bool(found)

    eventually(there)
    return found[0]


@pytest.mark.parametrize("durability", ["os", pytest.param("fsync", marks=pytest.mark.slow)])
def test_what_was_answered_is_in_the_journal_though_workers_are_killed(
    copy_of: Trained, durability: str
) -> None:
    root = copy_of("iris")
    with (
        serve(root, workers=2, prediction_log__durability=durability, **JOURNAL_ONLY) as running,
        Callers(running.port) as callers,
    ):
        kill_workers(running, callers, 4)
    written = [record["prediction_id"] for record in records(root / "var" / "journal")]
    assert len(callers.ids) > 200
    assert set(callers.ids) - set(written) == set()
    assert len(written) == len(set(written))
    assert callers.failed == []
    assert len(writers(root / "var" / "journal")) > 2  # the dead left theirs


@pytest.mark.slow
def test_the_same_without_a_log_finds_that_all_is_lost(copy_of: Trained) -> None:
    # The null control of the test above.
    root = copy_of("iris")
    with serve(root, prediction_log__enabled=False) as running, Callers(running.port, 1) as callers:
        eventually(lambda: len(callers.ids) > 20)
    assert (
        len(set(callers.ids) - {record["prediction_id"] for record in records(root / "var" / "journal")}) > 20
    )


@pytest.mark.slow
def test_a_worker_that_is_killed_in_strict_mode_loses_nothing_either(copy_of: Trained) -> None:
    root = copy_of("iris")
    with (
        serve(root, prediction_log__on_full="strict", **JOURNAL_ONLY) as running,
        Callers(running.port) as callers,
    ):
        kill_workers(running, callers, 2)
    assert set(callers.ids) <= {record["prediction_id"] for record in records(root / "var" / "journal")}


# ---- full disks ----


def ask_all(running: Running, count: int) -> list[Answer]:
    with running.wire() as wire:
        return [wire.ask("POST", PATH, BODY) for _ in range(count)]


def check(running: Running, journal: Path, answers: list[Answer]) -> None:
    """See that every answer is in the journal or flagged, never both, and that the counts agree."""
    written = {record["prediction_id"] for record in records(journal)}
    assert {answer.status for answer in answers} == {200}
    for answer in answers:
        assert [name in written for name in ids_of(answer)] == [logged(answer)] * 2
    flagged = 2 * sum(not logged(answer) for answer in answers)
    assert metric(running, "dropped_total") == flagged
    assert sum(read_counts(writer).dropped for writer in writers(journal)) == flagged
    assert sum(read_counts(writer).appended for writer in writers(journal)) == len(written) + 1  # the model's


def until_logged(running: Running) -> list[Answer]:
    """Ask until answers are logged again; it may take a moment."""
    answers: list[Answer] = []

    def again() -> bool:
        answers.extend(ask_all(running, 1))
        return logged(answers[-1])

    eventually(again, seconds=5)
    return answers


def test_a_file_size_limit_flags_answers_and_tears_nothing(copy_of: Trained) -> None:
    root = copy_of("iris")
    journal = root / "var" / "journal"
    with serve(root, **JOURNAL_ONLY) as running:
        answers = ask_all(running, 5)
        (worker,) = running.workers
        for limit in (5000, 1000, 10, 0):
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            answers += ask_all(running, 40)
        assert not logged(answers[-1])
        assert any(logged(answer) for answer in answers[5:])
        resource.prlimit(worker, resource.RLIMIT_FSIZE, NO_LIMIT)
        answers += until_logged(running)
        check(running, journal, answers)
        assert running.workers == [worker]


def test_in_strict_mode_a_full_disk_is_a_503_and_a_service_that_is_not_ready(copy_of: Trained) -> None:
    root = copy_of("iris")
    with serve(root, prediction_log__on_full="strict", **JOURNAL_ONLY) as running:
        (worker,) = running.workers
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        answers = ask_all(running, 3)
        assert [answer.problem for answer in answers] == ["not-logged"] * 3
        assert {(answer.status, answer.headers["retry-after"]) for answer in answers} == {(503, "1")}
        assert running.ask("GET", "/health/ready").status == 503
        assert running.ask("GET", "/health/live").status == 200
        resource.prlimit(worker, resource.RLIMIT_FSIZE, NO_LIMIT)
        eventually(lambda: running.ask("GET", "/health/ready").status == 200)
        answers = ask_all(running, 3)
        assert [answer.status for answer in answers] == [200] * 3
        assert metric(running, "dropped_total") == 0
        written = {record["prediction_id"] for record in records(root / "var" / "journal")}
        assert written == {name for answer in answers for name in ids_of(answer)}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 4 MiB."""
    with mounted(tmp_path / "disk", 4) as place:
        yield place


@pytest.mark.slow
def test_a_disk_that_fills_up_flags_answers_and_recovers_when_there_is_room(
    copy_of: Trained, small_disk: Path
) -> None:
    root = copy_of("iris")
    filler = small_disk / "filler"
    with serve(root, prediction_log__directory=str(small_disk / "var"), **JOURNAL_ONLY) as running:
        answers = ask_all(running, 5)
        fill(filler)
        answers += ask_all(running, 60)
        assert not logged(answers[-1])
        filler.unlink()
        answers += until_logged(running)
        answers += ask_all(running, 5)
        check(running, small_disk / "var" / "journal", answers)


@pytest.mark.slow
def test_a_service_that_starts_on_a_full_disk_serves(copy_of: Trained, small_disk: Path) -> None:
    root = copy_of("iris")
    filler = small_disk / "filler"
    fill(filler)
    with serve(root, prediction_log__directory=str(small_disk / "var"), **JOURNAL_ONLY) as running:
        answers = ask_all(running, 5)
        assert not any(map(logged, answers))
        filler.unlink()
        answers += until_logged(running)
        check(running, small_disk / "var" / "journal", answers)


def test_values_that_are_hidden_are_nowhere_in_a_real_service(copy_of: Trained) -> None:
    root = copy_of("mixed")
    row = {**MIXED_ROW, "email": "canary@example.org", "salary": 9876.125}
    bad = {**row, "email": "canary@example.org" * 3, "salary": "9876.125"}
    with serve(root, access_log=True) as running:
        good = running.ask("POST", PATH, [row])
        assert good.status == 200
        seen = [running.ask("POST", PATH, [bad]).body, running.ask("GET", "/metrics").body, good.body]
        assert len(running.ask("POST", PATH, [row]).json()) == 1
    seen += [path.read_bytes() for path in (root / "var").rglob("*") if path.is_file()]
    seen.append(running.log.encode())
    for part in seen:
        assert b"canary" not in part
        assert b"9876.125" not in part
