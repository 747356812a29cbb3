"""The account closes after every step of every history: of writers, crashes, sinks and their refusals."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hookline.predlog.accounts import Account, audit
from hookline.predlog.cursor import CursorFile
from hookline.predlog.record import ERASED
from hookline.predlog.sinks.memory import MemorySink
from hookline.predlog.sinks.sink import Batch, RecordsRefused, Sink, SinkUnavailable
from hookline.predlog.sinks.sqlite.cursors import load
from hookline.predlog.sinks.sqlite.sink import SqliteSink
from tests.framework.predlog.writing import Desk, Scribe, line_of, prediction, sheet_of

NAMES = ("a", "b", "sqlite")
EVERYDAY = settings(max_examples=15, stateful_step_count=30, deadline=None)
MANY = settings(max_examples=300, stateful_step_count=50)


class Crash(BaseException):
    """End the shipper where it stands."""


class History(RuleBasedStateMachine):
    """Sink `a` is always on; `b` comes and goes; the database keeps its own cursor."""

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.memory = {name: MemorySink(name) for name in ("a", "b")}
        self.sqlite: SqliteSink | None = None
        self.b_is_on = True
        self.poison: set[str] = set()
        self.appended: list[str] = []
        self.living: list[Scribe] = []
        self.writers = 0
        for sink in self.memory.values():
            sink.fault = self.refuse
        self.desk = Desk(self.directory, self.make)

    def make(self) -> list[Sink]:
        if self.sqlite is not None:
            self.sqlite.close()
        self.sqlite = SqliteSink(self.directory / "predictions.db")
        return [self.memory["a"], *([self.memory["b"]] if self.b_is_on else []), self.sqlite]

    def refuse(self, batch: Batch) -> None:
        places = tuple(n for n, record in enumerate(batch.records) if record["prediction_id"] in self.poison)
        if places:
            raise RecordsRefused("poison", places if len(places) % 2 else ())

    # ---- writers ----

    @rule()
    def a_writer_comes(self) -> None:
        self.writers += 1
        self.living.append(Scribe(self.desk.places.journal, f"{self.writers:06}-1-abcdef"))

    @precondition(lambda self: self.living)
    @rule(data=st.data(), count=st.integers(1, 5), poisoned=st.integers(0, 9))
    def records_are_appended(self, data: st.DataObject, count: int, poisoned: int) -> None:
        self._append(data.draw(st.sampled_from(self.living)), count, poisoned)

    @precondition(lambda self: self.living)
    @rule(data=st.data(), count=st.integers(2, 6), poisoned=st.integers(0, 9))
    def a_sheet_is_appended(self, data: st.DataObject, count: int, poisoned: int) -> None:
        self._append(data.draw(st.sampled_from(self.living)), count, poisoned, sheet=count)

    @precondition(lambda self: self.living)
    @rule(data=st.data(), count=st.integers(2, 6), whole=st.integers(1, 6))
    def a_writer_dies_within_the_lines_of_a_sheet(self, data: st.DataObject, count: int, whole: int) -> None:
        scribe = data.draw(st.sampled_from(self.living))
        self.living.remove(scribe)
        self._append(scribe, count, 9, say=False, sheet=min(whole, count))
        scribe.die()

    @precondition(lambda self: self.living)
    @rule(data=st.data(), count=st.integers(1, 3))
    def rows_are_dropped(self, data: st.DataObject, count: int) -> None:
        data.draw(st.sampled_from(self.living)).drop(count)

    @precondition(lambda self: self.living)
    @rule(data=st.data())
    def a_segment_is_finished(self, data: st.DataObject) -> None:
        scribe = data.draw(st.sampled_from(self.living))
        if scribe.records:
            scribe.roll()

    @precondition(lambda self: self.living)
    @rule(data=st.data())
    def a_line_is_spoilt_or_erased(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from([b"\xff\x00", line_of({"kind": ERASED}) + b"   "]))
        data.draw(st.sampled_from(self.living)).write(line + b"\n", 1)

    @precondition(lambda self: self.living)
    @rule(data=st.data(), unsaid=st.integers(0, 3), torn=st.sampled_from([b"", b'{"kind":"pre']))
    def a_writer_dies(self, data: st.DataObject, unsaid: int, torn: bytes) -> None:
        scribe = data.draw(st.sampled_from(self.living))
        self.living.remove(scribe)
        if unsaid:
            self._append(scribe, unsaid, 9, say=False)
        scribe.die(torn)

    def _append(self, scribe: Scribe, count: int, poisoned: int, *, say: bool = True, sheet: int = 0) -> None:
        """Append records, or a sheet of which so many lines come into the file."""
        records = [prediction() for _ in range(count)]
        names = [str(record["prediction_id"]) for record in records]
        self.poison.update(names[poisoned : poisoned + 1])
        if sheet:
            line, *empty = sheet_of(records).splitlines(keepends=True)
            scribe.write(line + b"".join(empty[: sheet - 1]), sheet, say=say)
            names = names[:sheet]
        else:
            scribe.append(*records, say=say)
        self.appended += names

    # ---- the shipper ----

    @rule(turns=st.integers(1, 5))
    def the_shipper_works(self, turns: int) -> None:
        self.desk.ship(turns)

    @rule(number=st.integers(0, 2))
    def one_sink_is_asked_once(self, number: int) -> None:
        self.desk.couriers[number % len(self.desk.couriers)].turn()

    @rule()
    def what_is_passed_is_removed(self) -> None:
        self.desk.keeper.adopt()
        self.desk.keeper.sweep()

    @rule()
    def the_shipper_is_killed(self) -> None:
        self.desk.restart()

    @rule(place=st.sampled_from(["remove", "fold", "save", "passed", "delete"]))
    def the_shipper_is_killed_at_work(self, place: str) -> None:
        desk = self.desk
        if place in ("remove", "fold"):
            setattr(desk.totals, place, crashing_after(getattr(desk.totals, place)))
        elif place == "delete":
            desk.keeper._delete = crash  # type: ignore[method-assign]
        for courier in desk.couriers:
            if place == "save" and isinstance(courier._store, CursorFile):
                courier._store.save = crash  # type: ignore[method-assign]
            if place == "passed" and courier.ways is not None:
                courier.ways.passed = crash  # type: ignore[method-assign]
        with suppress(Crash):
            desk.ship()
        self.desk.restart()

    # ---- sinks ----

    @rule(name=st.sampled_from(["a", "b"]))
    def an_acknowledgement_is_lost(self, name: str) -> None:
        def lose(_: Batch) -> None:
            self.memory[name].lost_ack = lambda _: None
            raise SinkUnavailable("the acknowledgement was lost")

        self.memory[name].lost_ack = lose

    @rule(name=st.sampled_from(["a", "b"]))
    def a_sink_goes_down(self, name: str) -> None:
        def down(batch: Batch) -> None:
            raise SinkUnavailable("down")

        self.memory[name].fault = down

    @rule(name=st.sampled_from(["a", "b"]))
    def a_sink_comes_back(self, name: str) -> None:
        self.memory[name].fault = self.refuse

    @rule()
    def b_is_switched(self) -> None:
        self.b_is_on = not self.b_is_on
        self.desk.restart()

    # ---- what always holds ----

    def accounts(self) -> list[Account]:
        places = self.desk.places
        cursors = {name: CursorFile(places.cursor(name)).load() for name in ("a", "b")}
        if not self.b_is_on:
            del cursors["b"]
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(places.database)) as connection:
            cursors["sqlite"] = load(connection)
        # One that was just switched on has not looked yet at what it is too late for.
        joined = {courier.name for courier in self.desk.couriers if courier.ways is not None}
        return [account for account in audit(places, cursors) if account.sink in joined]

    @invariant()
    def every_account_closes(self) -> None:
        type(self).steps += 1
        for account in self.accounts():
            assert account.closes, account

    def teardown(self) -> None:
        try:
            for scribe in self.living:
                scribe.die()
            for sink in self.memory.values():
                sink.fault = self.refuse
            for _ in range(3):  # an acknowledgement may be lost, and what is left is swept behind it
                self.desk.ship(1_000)
            self.check_the_end()
        finally:
            if self.sqlite is not None:
                self.sqlite.close()
            shutil.rmtree(self.directory)

    def check_the_end(self) -> None:
        places = self.desk.places
        assert not places.journal.exists() or list(places.journal.iterdir()) == []
        for account in self.accounts():
            assert (account.missing, account.pending) == (0, 0), account
        with closing(sqlite3.connect(places.database)) as connection:
            stored = [name for (name,) in connection.execute("SELECT prediction_id FROM prediction")]
        assert sorted(stored) == sorted(self.appended)
        letters = set(dead_letters(places.dead_letters("a")))
        assert letters == {name for name in self.appended if name in self.poison}
        assert set(self.memory["a"].records) | letters == set(self.appended)


def dead_letters(path: Path) -> list[str]:
    if not path.exists():
        return []
    found: list[Any] = [json.loads(line)["record"] for line in path.read_bytes().splitlines()]
    return [record["prediction_id"] for record in found if isinstance(record, dict)]


def crash(*_: object, **__: object) -> Any:
    raise Crash


def crashing_after(work: Callable[..., Any]) -> Callable[..., Any]:
    def work_and_crash(*args: Any) -> None:
        work(*args)
        raise Crash

    return work_and_crash


def test_the_account_closes_whatever_happens() -> None:
    run_state_machine_as_test(History, settings=EVERYDAY)


@pytest.mark.slow
def test_the_account_closes_in_more_than_ten_thousand_steps() -> None:
    more = settings(MANY, deadline=None, suppress_health_check=list(HealthCheck))
    before = History.steps
    run_state_machine_as_test(History, settings=more)
    assert History.steps - before >= 10_000


BROKEN: dict[str, tuple[str, Callable[..., Any]]] = {
    "cursors move before the sink acknowledges": (
        "hookline.predlog.shipper.courier.Courier._deliver",
        lambda self, ways, batch: (ways.passed(batch.writer, batch.end), self._sink.deliver(batch)),
    ),
    "what the dead appended is forgotten": (
        "hookline.predlog.totals.TotalsFile.fold",
        lambda self, writer, _: self._totals.folded.append(writer),
    ),
    "a dead letter does not count": (
        "hookline.predlog.shipper.ways.Ways.passed",
        lambda self, writer, end, **_: self.step(writer, end),
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_null_control_a_shipper_that_loses_is_found_out(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*BROKEN[broken])
    at_once = settings(EVERYDAY, derandomize=True, database=None, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(History, settings=at_once)
