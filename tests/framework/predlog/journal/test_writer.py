from __future__ import annotations

import errno
import os
import shutil
import signal
import traceback
from pathlib import Path
from typing import Any

import pytest

from hookline.errors import NotLoggedError
from hookline.predlog.journal.counts import read_counts
from hookline.predlog.journal.place import sync_files
from hookline.predlog.journal.read import holds_to, is_alive, read_all, segment_name, segments, writers
from hookline.predlog.journal.volume import Rolling
from hookline.predlog.journal.writer import Journal
from hookline.predlog.sinks.sink import Position
from tests.framework.predlog.journal.lines import Clock, line, place_of, records


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "journal"


def test_what_was_appended_is_read_in_its_order(folder: Path) -> None:
    journal = Journal(folder)
    journal.append(line(1) + line(2), 2)
    journal.append(line(3), 1)
    assert records(folder) == [line(1), line(2), line(3)]
    journal.close()
    assert records(folder) == [line(1), line(2), line(3)]


def test_an_append_is_one_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(folder)
    journal.append(line(0), 1)
    written: list[int] = []
    write = os.write

    def counting(file: int, data: bytes) -> int:
        written.append(len(data))
        return write(file, data)

    monkeypatch.setattr(os, "write", counting)
    data = b"".join(map(line, range(50)))
    journal.append(data, 50)
    assert written == [len(data)]
    journal.close()


def test_nothing_is_made_before_the_first_record(folder: Path) -> None:
    journal = Journal(folder)
    assert not folder.exists()
    assert journal.place is None
    journal.close()


def test_a_writer_is_alive_until_it_is_closed(folder: Path) -> None:
    journal = Journal(folder)
    journal.append(line(1), 1)
    place = place_of(journal)
    assert is_alive(place)
    assert holds_to(place) == Position(1, len(line(1)))
    journal.close()
    assert not is_alive(place)
    assert holds_to(place) is None


def test_nobody_but_the_owner_may_read_it(folder: Path) -> None:
    journal = Journal(folder)
    journal.append(line(1), 1)
    place = place_of(journal)
    assert place.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in place.glob("*.jsonl"))
    journal.close()


# ---- segments ----


def test_a_segment_is_finished_before_it_grows_too_large(folder: Path) -> None:
    journal = Journal(folder, Rolling(size=100))
    for number in range(10):
        journal.append(line(number, 30), 1)
    place = place_of(journal)
    sizes = [(place / segment_name(number)).stat().st_size for number in segments(place)]
    assert len(sizes) == 5
    assert max(sizes) <= 100
    assert records(folder) == [line(number, 30) for number in range(10)]
    journal.close()


def test_a_record_larger_than_a_segment_has_one_to_itself(folder: Path) -> None:
    journal = Journal(folder, Rolling(size=100))
    for size in (5, 500, 5):
        journal.append(line(1, size), 1)
    assert segments(place_of(journal)) == [1, 2, 3]
    assert records(folder) == [line(1, 5), line(1, 500), line(1, 5)]
    journal.close()


def test_a_segment_is_finished_when_it_is_old(folder: Path) -> None:
    clock = Clock()
    journal = Journal(folder, Rolling(seconds=60), clock=clock)
    journal.append(line(1), 1)
    clock.now += 59
    journal.append(line(2), 1)
    clock.now += 1
    journal.append(line(3), 1)
    assert segments(place_of(journal)) == [1, 2]
    journal.close()


def test_of_a_living_writer_only_what_holds_is_read(folder: Path) -> None:
    journal = Journal(folder)
    journal.append(line(1), 1)
    place = place_of(journal)
    with (place / segment_name(1)).open("ab") as file:
        file.write(line(2) + b'{"n":')  # as if the writer were in the middle of it
    assert list(read_all(place)) == [line(1).rstrip()]
    journal.close()
    assert list(read_all(place)) == [line(1).rstrip(), line(2).rstrip()]


# ---- counts ----


def test_the_counts_survive_sigkill(folder: Path) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            journal = Journal(folder, most=1000)
            for number in range(5):
                journal.append(line(number), 1)
            with pytest.raises(NotLoggedError):
                journal.append(line(6, 4000), 3, loss=3)
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    (place,) = writers(folder)
    assert read_counts(place)[:2] == (5, 3)
    assert not is_alive(place)
    assert records(folder) == [line(number) for number in range(5)]


def test_what_was_dropped_before_there_was_a_place_is_counted_in_it(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("in the way")
    clock = Clock()
    journal = Journal(folder, clock=clock)
    for _ in range(3):
        with pytest.raises(NotLoggedError, match="takes no records now"):
            journal.append(line(1), 1, loss=1)
    folder.unlink()
    clock.now += 1
    journal.append(line(2), 1)
    assert read_counts(place_of(journal))[:2] == (1, 3)
    journal.close()


def test_what_was_refused_is_not_kept(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("in the way")
    journal = Journal(folder, clock=Clock())
    depths = []
    for _ in range(3):
        with pytest.raises(NotLoggedError) as refusal:
            journal.append(line(1), 1)
        assert refusal.value.__cause__ is not None
        depths.append(len(traceback.extract_tb(refusal.value.__cause__.__traceback__)))
    assert depths[2] <= depths[1]


# ---- a disk that takes no more ----


class Disk:
    """Let so many more bytes be written, then be full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, number: int = errno.ENOSPC) -> None:
        self.left = 1 << 40
        self.stuck = False
        self._number = number
        self._write, self._cut = os.write, os.ftruncate
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(os, "ftruncate", self.cut)

    def write(self, file: int, data: bytes) -> int:
        """Write what fits."""
        if not self.left:
            raise OSError(self._number, os.strerror(self._number))
        count = self._write(file, data[: self.left])
        self.left -= count
        return count

    def cut(self, file: int, size: int) -> None:
        """Cut a file, unless nothing goes."""
        if self.stuck:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._cut(file, size)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("fits", [0, 5, len(line(2)), len(line(2)) + 3])
def test_a_write_that_fits_in_part_is_taken_back_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, fits: int
) -> None:
    disk = Disk(monkeypatch, number=number)
    journal = Journal(folder)
    journal.append(line(1), 1)
    disk.left = fits
    with pytest.raises(NotLoggedError, match="takes no records now"):
        journal.append(line(2) + line(3), 2, loss=2)
    place = place_of(journal)
    assert (place / segment_name(1)).read_bytes() == line(1)
    assert read_counts(place)[:2] == (1, 2)
    disk.left = 1 << 40
    journal.append(line(4), 1)
    assert records(folder) == [line(1), line(4)]
    journal.close()
    assert records(folder) == [line(1), line(4)]


def test_short_writes_are_completed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:7]))
    journal = Journal(folder)
    journal.append(line(1, 100), 1)
    assert records(folder) == [line(1, 100)]
    journal.close()


def test_what_cannot_be_taken_back_yet_is_seen_by_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    journal = Journal(folder)
    journal.append(line(1), 1)
    disk.left, disk.stuck = len(line(2)) + 2, True
    for _ in range(3):
        with pytest.raises(NotLoggedError):
            journal.append(line(2) + line(3), 2, loss=2)
    assert records(folder) == [line(1)]
    disk.left, disk.stuck = 1 << 40, False
    journal.append(line(4), 1)
    journal.close()
    assert records(folder) == [line(1), line(4)]


def test_without_taking_back_the_journal_would_be_torn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The null control of the two above: the same disk, and a segment that believes in it.
    disk = Disk(monkeypatch)
    monkeypatch.setattr("hookline.predlog.journal.segment.Segment._cut_back", lambda _: None)
    journal = Journal(folder)
    journal.append(line(1), 1)
    disk.left = 5
    with pytest.raises(NotLoggedError):
        journal.append(line(2), 1)
    disk.left = 1 << 40
    journal.append(line(4), 1)
    journal.close()
    assert records(folder) != [line(1), line(4)] or (
        writers(folder)[0] / segment_name(1)
    ).read_bytes() != line(1)


# ---- what others do to it ----


def test_a_folder_that_somebody_removed_is_noticed(folder: Path) -> None:
    clock = Clock()
    journal = Journal(folder, clock=clock)
    journal.append(line(1), 1)
    before = place_of(journal)
    shutil.rmtree(folder)
    clock.now += 2
    journal.append(line(2), 1)
    assert place_of(journal) != before
    assert records(folder) == [line(2)]
    journal.close()


def test_a_segment_that_somebody_removed_is_noticed(folder: Path) -> None:
    clock = Clock()
    journal = Journal(folder, clock=clock)
    journal.append(line(1), 1)
    (place_of(journal) / segment_name(1)).unlink()
    clock.now += 2
    journal.append(line(2), 1)
    assert records(folder) == [line(2)]
    journal.close()


def test_a_fork_makes_its_own_place_and_holds_no_lock_of_its_parent(folder: Path) -> None:
    journal = Journal(folder)
    journal.append(line(1), 1)
    parents = place_of(journal)
    asked, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            journal.append(line(2), 1)
            os.write(told, b"x")
            signal.pause()
        finally:
            os._exit(1)
    os.close(told)
    assert os.read(asked, 1) == b"x"
    others = [place for place in writers(folder) if place != parents]
    assert [list(read_all(place)) for place in others] == [[line(2).rstrip()]]
    journal.append(line(3), 1)
    assert list(read_all(parents)) == [line(1).rstrip(), line(3).rstrip()]
    journal.close()
    assert not is_alive(parents)
    assert is_alive(others[0])
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert not is_alive(others[0])
    os.close(asked)


# ---- power loss ----


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what is synced."""
    calls: list[str] = []
    data, all_of_it = os.fdatasync, os.fsync

    def note(name: str, sync: Any) -> Any:
        def call(file: int) -> None:
            calls.append(name)
            sync(file)

        return call

    monkeypatch.setattr(os, "fdatasync", note("data", data))
    monkeypatch.setattr(os, "fsync", note("folder", all_of_it))
    return calls


def test_with_sync_records_and_the_names_of_their_files_are_on_disk(folder: Path, synced: list[str]) -> None:
    journal = Journal(folder, Rolling(sync=True))
    journal.append(line(1), 1)
    assert synced == ["folder", "folder", "data"]
    journal.append(line(2), 1)
    assert synced[3:] == ["data"]
    journal.close()


def test_without_sync_nothing_waits_for_the_disk(folder: Path, synced: list[str]) -> None:
    journal = Journal(folder)
    journal.append(line(1), 1)
    assert synced == []
    journal.close()


def test_what_could_not_be_synced_does_not_hold(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(folder, Rolling(sync=True))
    journal.append(line(1), 1)

    def broken(_: int) -> None:
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", broken)
        with pytest.raises(NotLoggedError, match="broken"):
            journal.append(line(2), 1)
    journal.append(line(3), 1)
    journal.close()
    assert records(folder) == [line(1), line(3)]


def test_a_journal_whose_folder_cannot_be_synced_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: int) -> None:
        raise OSError(errno.EINVAL, "no sync here")

    clock = Clock()
    journal = Journal(folder, Rolling(sync=True), clock=clock)
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refused)
        for _ in range(3):
            clock.now += 1
            with pytest.raises(NotLoggedError, match="no sync here"):
                journal.append(line(1), 1)
    assert list(folder.iterdir()) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == open_files
    clock.now += 1
    journal.append(line(2), 1)
    assert records(folder) == [line(2)]
    journal.close()


def test_a_place_that_cannot_be_made_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, "full")

    clock = Clock()
    journal = Journal(folder, clock=clock)
    with monkeypatch.context() as patch:
        patch.setattr("hookline.predlog.journal.place.Counts", full)
        for _ in range(2):
            with pytest.raises(NotLoggedError, match="full"):
                journal.append(line(1), 1)
    assert list(folder.iterdir()) == []
    clock.now += 1
    journal.append(line(2), 1)
    assert records(folder) == [line(2)]
    journal.close()


def test_files_that_were_written_since_the_last_sync_are_known(folder: Path, synced: list[str]) -> None:
    journal = Journal(folder, Rolling(size=50))
    assert journal.touched() == []
    journal.append(line(1, 30), 1)
    assert [path.name for path in journal.touched()] == [segment_name(1)]
    assert journal.touched() == []
    for number in range(3):
        journal.append(line(number, 30), 1)
    paths = journal.touched()
    assert [path.name for path in paths] == [segment_name(number) for number in (1, 2, 3, 4)]
    paths[1].unlink()  # shipped and removed
    sync_files(paths)
    assert synced == ["folder"] * 4
    journal.close()
    assert journal.touched() == []
