from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from hookline.predlog.atomic import replace_file
from hookline.predlog.cursor import Cursor, CursorFile
from hookline.predlog.deadletters import DeadLetters
from hookline.predlog.shipper.backoff import Backoff
from hookline.predlog.shipper.lock import Lock, holder, is_free
from hookline.predlog.totals import Removed, Totals, TotalsFile


def test_waiting_doubles_within_bounds_and_is_never_the_same_for_all() -> None:
    backoff = Backoff(first=0.1, most=5, rng=random.Random(0))  # noqa: S311 - repeatable
    waits = [backoff.fail() for _ in range(2_000)]
    bounds = [min(5, 0.1 * 2.0 ** min(number, 32)) for number in range(2_000)]
    assert all(bound / 2 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))
    assert len(set(waits[100:])) > 1_000
    backoff.succeed()
    assert backoff.fail() <= 0.1


def test_one_at_a_time_holds_the_lock_and_the_dead_do_not(tmp_path: Path) -> None:
    path = tmp_path / "var" / "shipper.lock"
    assert is_free(path)
    lock = Lock.take(path)
    assert lock is not None
    assert (Lock.take(path), is_free(path), lock.lost) == (None, False, False)
    assert holder(path) is not None
    lock.release()
    assert is_free(path)
    script = (
        "import sys, pathlib; from hookline.predlog.shipper.lock import Lock; "
        "lock = Lock.take(pathlib.Path(sys.argv[1])); print(lock is not None, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert Lock.take(path) is None
        assert holder(path) == other.pid
        other.kill()
        other.wait()
        again = Lock.take(path)
        assert again is not None
        again.release()


def test_a_lock_whose_file_was_deleted_is_known_to_be_lost(tmp_path: Path) -> None:
    lock = Lock.take(tmp_path / "lock")
    assert lock is not None
    (tmp_path / "lock").unlink()
    assert lock.lost
    other = Lock.take(tmp_path / "lock")
    assert other is not None
    assert lock.lost
    assert holder(tmp_path / "nothing") is None
    lock.release()
    other.release()


def test_a_small_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    replace_file(path, "one")
    replace_file(path, "two", durable=False)
    assert path.read_text() == "two"
    assert [name.name for name in path.parent.iterdir()] == ["file"]


def test_cursors_are_kept_and_forgotten_together(tmp_path: Path) -> None:
    cursors = CursorFile(tmp_path / "cursors" / "a.json")
    assert cursors.load() == {}
    cursors.save({"v": Cursor(1, 2, 3, 4, 5), "w": Cursor(6)})
    cursors.save({"": Cursor(delivered=3)}, ["v", "nobody"])
    assert cursors.load() == {"w": Cursor(6), "": Cursor(delivered=3)}
    assert Cursor(1, 2, 3, 4, 5).passed == 12


def test_totals_are_on_the_disk_before_anything_else_happens(tmp_path: Path) -> None:
    path = tmp_path / "totals.json"
    totals = TotalsFile(path)
    totals.welcome("a")
    totals.welcome("a")
    totals.remove("w", 2, 10)
    totals.remove("w", 3, 5)
    assert Totals.load(path) == Totals(removed={"w": Removed(3, 15)}, sinks=["a"])
    assert totals.removed("w").end == (4, 0)
    totals.keep_only(["b"])
    assert not TotalsFile(path).knows("a")


def test_a_dead_letter_that_is_on_the_disk_already_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "dead-letter" / "a.jsonl"
    DeadLetters(path).add({"a": "é"}, "bad")
    letters = DeadLetters(path)
    letters.add({"a": "é"}, "still bad")
    letters.add({"a": "\ud800"}, "a lone surrogate")
    letters.add({"a": "é"}, "bad")
    found = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [(one["record"]["a"], one["reason"]) for one in found] == [
        ("é", "bad"),
        ("\ud800", "a lone surrogate"),
        ("é", "bad"),
    ]


def test_a_dead_letter_that_a_full_disk_took_a_part_of_is_written_whole_later(tmp_path: Path) -> None:
    path = tmp_path / "dead-letter" / "a.jsonl"
    letters = DeadLetters(path)
    letters.add({"n": 0}, "bad")
    kept, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Stands for a full disk: so many bytes more, and an error for the rest.
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, most))
    try:
        for _ in range(2):
            with pytest.raises(OSError, match="File too large"):
                letters.add({"n": 1}, "bad")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (kept, most))
    letters.add({"n": 1}, "bad")
    DeadLetters(path).add({"n": 2}, "bad")  # as after a restart
    assert [json.loads(line)["record"]["n"] for line in path.read_bytes().splitlines()] == [0, 1, 2]


@pytest.mark.parametrize("line", ["not JSON", "[]", "{}"])
def test_a_file_of_dead_letters_that_was_edited_holds_nothing_up(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{line}\n")
    DeadLetters(path).add({"n": 1}, "bad")
    kept, added = path.read_text().splitlines()
    assert (kept, json.loads(added)["record"]) == (line, {"n": 1})


@pytest.mark.parametrize(
    "module", ["hookline.predlog.shipper.__main__", "hookline.predlog.sinks.sqlite.sink"]
)
def test_the_shipper_imports_no_web_framework_and_no_model(module: str) -> None:
    heavy = ("fastapi", "starlette", "uvicorn", "numpy", "onnxruntime", "pandas", "sklearn", "typer", "rich")
    script = f"import sys, {module}; print([n for n in {heavy} if n in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert ran.stdout == "[]\n"
