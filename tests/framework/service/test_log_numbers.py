from __future__ import annotations

from pathlib import Path

from hookline.predlog.places import Places
from hookline.predlog.shipper.status import write_status
from hookline.predlog.sinks.memory import MemorySink
from hookline.predlog.sinks.sink import Batch, Sink, SinkUnavailable
from hookline.service.log_numbers import log_numbers
from tests.framework.predlog.writing import Desk, Scribe, prediction, predictions

PREFIX = "hookline_predlog_"


def numbers(places: Places, sink: str = "memory") -> dict[str, float]:
    found = log_numbers(places)()
    return {name.removeprefix(PREFIX): row[0] for (name, of), row in found.items() if of == sink}


def test_the_account_of_each_sink_is_shown_and_adds_up(tmp_path: Path) -> None:
    sink = MemorySink()
    sinks: list[Sink] = [sink]
    desk = Desk(tmp_path, lambda: sinks)
    assert log_numbers(desk.places)() == {}
    scribe = Scribe(desk.places.journal)
    scribe.append(*predictions(5))
    scribe.drop(2)
    desk.ship()
    write_status(desk.places, desk.couriers)
    scribe.append(prediction())  # since the shipper looked
    found = numbers(desk.places)
    assert found.pop("oldest_pending_seconds") >= 0
    assert found == {
        "sink_appended_total": 8,
        "delivered_total": 5,
        "pending": 1,
        "dead_letters_total": 0,
        "sink_dropped_total": 2,
        "sink_up": 1,
    }


def test_a_sink_that_is_down_is_shown_as_such_and_what_waits_grows_older(tmp_path: Path) -> None:
    def down(batch: Batch) -> None:
        raise SinkUnavailable("down")

    sinks: list[Sink] = [MemorySink(fault=down)]
    desk = Desk(tmp_path, lambda: sinks)
    write_status(desk.places, desk.couriers)
    assert numbers(desk.places) == {"sink_up": 1}  # nothing is known yet
    Scribe(desk.places.journal).append(prediction(at="2026-01-01T00:00:00Z"))
    desk.ship(turns=2)
    write_status(desk.places, desk.couriers)
    found = numbers(desk.places)
    assert (found["sink_up"], found["pending"]) == (0, 1)
    assert found["oldest_pending_seconds"] > 3600


def test_damaged_totals_leave_the_other_metrics_alone(tmp_path: Path) -> None:
    sinks: list[Sink] = [MemorySink()]
    desk = Desk(tmp_path, lambda: sinks)
    desk.ship()
    write_status(desk.places, desk.couriers)
    desk.places.totals.write_text("{")
    assert numbers(desk.places) == {"sink_up": 1}
