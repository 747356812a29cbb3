from __future__ import annotations

import contextlib
import fcntl
import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hookline.config import Settings
from hookline.errors import LogUnreadableError
from hookline.predlog.erase.erase import erase
from hookline.predlog.erase.overwrite import Person, Swept, erase_journal
from hookline.predlog.erase.rows import erase_rows
from hookline.predlog.journal.read import read_all, segment_name
from hookline.predlog.places import Places
from hookline.predlog.query.database import reading
from hookline.predlog.reader import Odd, read
from hookline.predlog.sheet import blanked, with_spans
from hookline.predlog.shipper.lock import Lock
from hookline.predlog.shipper.status import write_status
from hookline.predlog.sinks.sink import Batch, Position
from hookline.predlog.sinks.sqlite.sink import SqliteSink
from hookline.predlog.trail import Trail
from tests.framework.predlog.query.filled import fill, prediction, truth
from tests.framework.predlog.writing import line_of, sheet_of

CANARY = "canary-person"
SHARES = {"large": 0.75, "small": 0.25}


def settings() -> Settings:
    return Settings()


def people(count: int = 6) -> list[dict[str, object]]:
    """Make records of the canary and of others, in turn, and a truth about each."""
    records = [
        prediction(n, id=CANARY if n % 2 else "other", features={"note": f"of {n % 2}"}) for n in range(count)
    ]
    return [
        *records,
        *(truth(n, "small") for n in range(count)),
        truth(90, "x", prediction_id=None, id=CANARY),
    ]


def journal(root: Path, records: list[dict[str, object]]) -> Path:
    """Leave a journal as a writer that is gone."""
    folder = Places.of(settings(), root).journal / "20261121T120000-1-abcdef"
    folder.mkdir(parents=True)
    path = folder / segment_name(1)
    path.write_bytes(b"".join(line_of(record) + b"\n" for record in records))
    return path


def test_a_persons_records_are_gone_from_the_database_and_its_file(tmp_path: Path) -> None:
    places = Places.of(settings(), tmp_path)
    fill(places.database, people())
    done = erase(settings(), tmp_path, CANARY)
    assert (done.predictions, done.truths) == (3, 4)
    with reading(places.database) as connection:
        assert {name for (name,) in connection.execute("SELECT id FROM prediction")} == {"other"}
        assert connection.execute("SELECT count(*) FROM truth").fetchone() == (3,)
    files = b"".join(path.read_bytes() for path in places.directory.glob("predictions.db*"))
    assert CANARY.encode() not in files
    assert "backups" in done.lines()[-1]
    again = erase(settings(), tmp_path, CANARY)
    assert (again.predictions, again.truths, again.journal) == (0, 0, 0)


def test_the_journal_is_overwritten_where_it_stands_and_every_cursor_stays_right(tmp_path: Path) -> None:
    records = people()
    path = journal(tmp_path, records)
    size = path.stat().st_size
    others = [line_of(record) for record in records if record.get("id") == "other"]
    done = erase(settings(), tmp_path, CANARY)
    assert done.journal == 7, "three predictions, their truths, and the truth by ID"
    assert path.stat().st_size == size
    assert CANARY.encode() not in path.read_bytes()
    found: list[bytes] = []
    erased, place = 0, Position(1, 0)
    while True:
        place, piece = read(Trail(path.parent), place)
        if piece is None:
            break
        if isinstance(piece, Odd):
            assert piece.erased
            erased += 1
        else:
            assert isinstance(piece, Batch)
            found += piece.lines
        place = piece.end
    assert erased == 7
    assert [line for line in found if b'"other"' in line] == others
    assert len(found) == len(records) - 7


def test_what_sinks_refused_is_overwritten_too(tmp_path: Path) -> None:
    letters = Places.of(settings(), tmp_path).dead_letters("fluentd")
    letters.parent.mkdir(parents=True)
    lines = [{"reason": "r", "record": prediction(n, id=name)} for n, name in enumerate((CANARY, "other"))]
    lines.append({"reason": "no JSON", "record": f'{{"id":"{CANARY}","x":'})
    letters.write_bytes(b"".join(line_of(line) + b"\n" for line in lines))
    done = erase(settings(), tmp_path, CANARY)
    assert done.dead_letters == 2
    assert letters.read_bytes().count(b"\n") == 3
    assert b'"id":"other"' in letters.read_bytes()


def test_while_a_shipper_writes_it_is_asked_to_remove_the_rows(tmp_path: Path) -> None:
    places = Places.of(settings(), tmp_path)
    fill(places.database, people())
    sink, stop = SqliteSink(places.database), threading.Event()
    lock = Lock.take(places.lock)
    assert lock is not None

    def tend() -> None:
        while not stop.wait(0.02):
            write_status(places, [])
            sink.tend()

    thread = threading.Thread(target=tend)
    thread.start()
    try:
        done = erase(settings(), tmp_path, CANARY)
    finally:
        stop.set()
        thread.join()
        sink.close()
        lock.release()
    assert (done.predictions, done.truths) == (3, 4)
    assert list(places.erasures.iterdir()) == [], "the request names the person, so it goes"


def test_a_shipper_that_does_not_answer_finds_the_request_later(tmp_path: Path) -> None:
    places = Places.of(settings(), tmp_path)
    fill(places.database, people())
    lock = Lock.take(places.lock)
    assert lock is not None
    with pytest.raises(LogUnreadableError, match="has not answered"):
        erase(settings(), tmp_path, CANARY, patience=0)
    lock.release()
    sink = SqliteSink(places.database)
    sink.tend()
    sink.close()
    with sqlite3.connect(places.database) as connection:
        assert connection.execute("SELECT count(*) FROM prediction WHERE id = ?", (CANARY,)).fetchone() == (
            0,
        )


def test_elsewhere_is_named(tmp_path: Path) -> None:
    log = settings().prediction_log.model_copy(update={"enable_fluentd_logging": True})
    done = erase(settings().model_copy(update={"prediction_log": log}), tmp_path, CANARY)
    assert any("_delete_by_query" in words and CANARY in words for words in done.elsewhere)


def test_a_damaged_database_that_was_moved_aside_is_named(tmp_path: Path) -> None:
    database = Places.of(settings(), tmp_path).database
    fill(database, people())
    assert not any("damaged" in words for words in erase(settings(), tmp_path, CANARY).elsewhere)
    aside = database.with_name(f"{database.name}.damaged-20261121T120000000000")
    aside.write_bytes(CANARY.encode())
    assert any(str(aside) in words for words in erase(settings(), tmp_path, CANARY).elsewhere)


def test_rows_that_cannot_all_be_removed_stay(tmp_path: Path) -> None:
    database = fill(tmp_path / "p.db", people())
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        words = "CREATE TRIGGER no BEFORE DELETE ON prediction BEGIN SELECT raise(ABORT, 'no'); END"
        connection.execute(words)
        with pytest.raises(sqlite3.IntegrityError, match="no"):
            erase_rows(connection, CANARY)
        assert connection.execute("SELECT count(*) FROM truth").fetchone() == (7,)


def test_lines_that_are_no_records_are_left_alone(tmp_path: Path) -> None:
    path = journal(tmp_path, people(2))
    odd = b"no JSON\n[1]\n" + b"[" * 100_000 + b"\n"
    torn = line_of(prediction(9, id=CANARY))
    path.write_bytes(odd + path.read_bytes() + torn)
    assert erase(settings(), tmp_path, CANARY).journal == 3
    assert path.read_bytes().startswith(odd)


def test_a_persons_rows_are_overwritten_in_a_sheet_and_those_of_others_are_not(tmp_path: Path) -> None:
    records = [{**prediction(n, id=CANARY if n % 2 else "other"), "probabilities": SHARES} for n in range(6)]
    path = journal(tmp_path, [truth(1, "small")])
    spoilt = b'{"kind":"sheet","ids":[1]}\n'
    path.write_bytes(spoilt + path.read_bytes() + sheet_of(records))
    size = path.stat().st_size
    done = erase(settings(), tmp_path, CANARY)
    assert done.journal == 4, "three predictions, and a truth that stands before them"
    assert path.stat().st_size == size
    assert CANARY.encode() not in path.read_bytes()
    left = [json.loads(line) for line in read_all(path.parent)]
    assert [record.get("id") for record in left[2:]] == ["other", None] * 3
    assert [record["kind"] for record in left[1:]] == ["erased", *("prediction", "erased") * 3]
    assert path.read_bytes().startswith(spoilt)
    assert erase(settings(), tmp_path, CANARY).journal == 0


def of_two(count: int = 6) -> list[dict[str, Any]]:
    """Make records of the canary and of another, in turn."""
    return [{**prediction(n, id=CANARY if n % 2 else "other"), "probabilities": SHARES} for n in range(count)]


def test_who_erases_while_another_does_waits_for_it(tmp_path: Path) -> None:
    path = journal(tmp_path, of_two())
    with path.open("rb") as file, ThreadPoolExecutor(1) as threads:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = threads.submit(erase, settings(), tmp_path, CANARY)
        with pytest.raises(TimeoutError):
            done.result(0.2)
        assert CANARY.encode() in path.read_bytes()
        fcntl.flock(file, fcntl.LOCK_UN)
        assert done.result().journal == 3
    assert CANARY.encode() not in path.read_bytes()


@pytest.mark.parametrize("written", range(1, 15))
def test_an_erasure_that_was_killed_in_a_sheet_is_finished_by_the_next(tmp_path: Path, written: int) -> None:
    data = sheet_of(of_two())
    line = data.split(b"\n")[0]
    spans = blanked(line, {1, 3, 5})
    assert len(spans) == 15
    path = journal(tmp_path, [])
    path.write_bytes(with_spans(data, spans[:written]))
    gone = min(written, 3)
    left = [json.loads(one)["kind"] for one in read_all(path.parent)]
    assert left.count("erased") == gone, "who is erased at all is erased for readers"
    erase(settings(), tmp_path, CANARY)
    assert path.read_bytes() == with_spans(data, spans)


def test_what_could_not_be_overwritten_is_said_and_not_counted(tmp_path: Path) -> None:
    sheet, rest = sheet_of(of_two()).split(b"\n", 1)
    hidden = sheet.replace(b'"features"', b'"fe\\u0061tures"')
    broken = b'{"kind":"prediction","id":"%b"' % CANARY.encode()
    path = journal(tmp_path, [])
    path.write_bytes(hidden + b"\n" + rest + broken + b"\n")
    done = erase(settings(), tmp_path, CANARY)
    assert done.journal == 0
    assert "still to do:  journal: 2 lines" in "\n".join(done.lines())
    assert not any("could not be" in words for words in erase(settings(), tmp_path, "nobody").elsewhere)


def test_a_row_that_is_no_record_is_erased_with_the_others(tmp_path: Path) -> None:
    sheet = json.loads(sheet_of(of_two()).split(b"\n")[0])
    sheet["labels"][3] = 9
    path = journal(tmp_path, [])
    path.write_bytes(line_of(sheet) + b"\n" * 6)
    assert erase(settings(), tmp_path, CANARY).journal == 3
    assert CANARY.encode() not in path.read_bytes()


def test_many_are_erased_at_once_while_the_journal_is_read(tmp_path: Path) -> None:
    names = [f"person-{number}" for number in range(8)]
    records = [{**prediction(n, id=names[n % 10] if n % 10 < 8 else "other")} for n in range(200)]
    sheets = [
        sheet_of([{**one, "probabilities": SHARES} for one in records[n : n + 40]]) for n in (0, 40, 80)
    ]
    path = journal(tmp_path, records[120:])
    path.write_bytes(b"".join(sheets) + path.read_bytes())
    trail = Trail(path.parent)
    with ThreadPoolExecutor(len(names)) as threads:
        done = [threads.submit(erase_journal, path.parent.parent, Person(name, set())) for name in names]
        while not all(one.done() for one in done):
            place = Position(1, 0)
            while (found := read(trail, place)[1]) is not None:
                assert isinstance(found, Batch) or found.erased, found
                place = found.end
    assert [one.result() for one in done] == [Swept(20)] * len(names)
    left = [json.loads(line) for line in read_all(path.parent)]
    assert [record["kind"] for record in left] == [*["erased"] * 8, "prediction", "prediction"] * 20
    assert b"person-" not in path.read_bytes()
