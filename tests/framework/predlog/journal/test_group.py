from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hookline.errors import NotLoggedError
from hookline.predlog.journal.group import Group
from hookline.predlog.journal.read import read_all, writers
from hookline.predlog.journal.volume import Rolling
from hookline.predlog.journal.writer import Journal


class Gate:
    """Count syncs, and hold them back while it is shut."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.threads: set[threading.Thread] = set()
        self.open = threading.Event()
        self.open.set()
        self._sync = os.fdatasync
        monkeypatch.setattr(os, "fdatasync", self)

    def __call__(self, file: int) -> None:
        """Sync."""
        self.calls += 1
        self.threads.add(threading.current_thread())
        assert self.open.wait(20)
        self._sync(file)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


def test_records_that_wait_together_are_synced_once(tmp_path: Path, gate: Gate) -> None:
    async def run() -> None:
        journal = Journal(tmp_path, Rolling(sync=True))
        with ThreadPoolExecutor(1) as executor:
            group = Group(journal, executor)
            await asyncio.gather(*(group.append(b"%d\n" % number, 1) for number in range(50)))
            await group.append(b"last\n", 1)
        journal.close()

    asyncio.run(run())
    assert gate.calls == 2
    assert threading.main_thread() not in gate.threads
    (writer,) = writers(tmp_path)
    assert list(read_all(writer)) == [b"%d" % number for number in range(50)] + [b"last"]


def test_nobody_goes_on_before_the_records_are_on_disk(tmp_path: Path, gate: Gate) -> None:
    async def run() -> None:
        journal = Journal(tmp_path, Rolling(sync=True))
        gate.open.clear()
        with ThreadPoolExecutor(1) as executor:
            group = Group(journal, executor)
            waiting = [asyncio.create_task(group.append(b"x\n", 1)) for _ in range(3)]
            await asyncio.sleep(0.05)
            assert not any(task.done() for task in waiting)
            assert list(read_all(writers(tmp_path)[0])) == []  # nor is it shipped
            gate.open.set()
            await asyncio.gather(*waiting)
        journal.close()

    asyncio.run(run())


def test_of_a_group_that_does_not_fit_what_fits_goes_in(tmp_path: Path) -> None:
    async def run() -> list[Any]:
        journal = Journal(tmp_path, Rolling(sync=True), most=1000)
        with ThreadPoolExecutor(1) as executor:
            group = Group(journal, executor)
            sizes = (100, 5000, 100)
            answers = await asyncio.gather(
                *(group.append(b"x" * size + b"\n", 1, loss=1) for size in sizes), return_exceptions=True
            )
        journal.close()
        return answers

    answers = asyncio.run(run())
    assert [isinstance(answer, NotLoggedError) for answer in answers] == [False, True, False]
    (writer,) = writers(tmp_path)
    assert [len(line) for line in read_all(writer)] == [100, 100]


def test_who_does_not_wait_any_more_is_written_all_the_same(tmp_path: Path, gate: Gate) -> None:
    async def run() -> None:
        journal = Journal(tmp_path, Rolling(sync=True))
        gate.open.clear()
        with ThreadPoolExecutor(1) as executor:
            group = Group(journal, executor)
            gone = asyncio.create_task(group.append(b"1\n", 1))
            await asyncio.sleep(0)
            gone.cancel()
            gate.open.set()
            await group.append(b"2\n", 1)
        journal.close()

    asyncio.run(run())
    assert list(read_all(writers(tmp_path)[0])) == [b"1", b"2"]


def test_a_fault_of_ours_is_told_to_all_who_wait_and_those_after_them_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> list[Any]:
        journal = Journal(tmp_path, Rolling(sync=True))
        faults = [RuntimeError("ours")]
        append = journal.append

        def failing(data: bytes, records: int, *, loss: int = 0) -> None:
            if faults:
                raise faults.pop()
            append(data, records, loss=loss)

        monkeypatch.setattr(journal, "append", failing)
        with ThreadPoolExecutor(1) as executor:
            group = Group(journal, executor)
            waiting = (group.append(b"%d\n" % number, 1) for number in range(2))
            answers = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
            await asyncio.wait_for(group.append(b"2\n", 1), 5)
        journal.close()
        return answers

    assert [type(answer) for answer in asyncio.run(run())] == [RuntimeError, RuntimeError]
    assert list(read_all(writers(tmp_path)[0])) == [b"2"]
