"""The databases behind a running service fail in every way: no caller notices, and nothing is missing."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from hookline.predlog.places import Places
from tests.framework.predlog.calling import Caller
from tests.framework.predlog.faults import FAULTS, WRONG_ANSWERS, Fault, refuse
from tests.framework.predlog.killing import stored
from tests.framework.predlog.proxy import Proxy, eventually
from tests.framework.predlog.sinks.fluentd.peer import Peer as Fluentd
from tests.framework.predlog.sinks.mongodb.peer import Peer as Mongodb
from tests.framework.service.running import Running, serve

LONG = "x" * 5_000
"""Few rows make a journal that would be noticed in any memory."""
ROWS = [{"size": float(number), "weight": None, "plan": f"{number} {LONG}"} for number in range(10)]
PILED_UP = 3_000
ARRIVAL = 50
"""Rows a second, as the promise has it; the caller here asks for more."""
HOARDING = """\
import hookline.predlog.journal.writer as writer
append, hoard = writer.Journal.append, []
def keep(self, data, records, *, loss=0):
    hoard.append(bytes(bytearray(data)))
    append(self, data, records, loss=loss)
writer.Journal.append = keep
"""
TRUSTING = """\
import hookline.predlog.sinks.fluentd.sink as sink
sink.FluentdSink._exchange = lambda self, message: self._ready().send(message.data)
sink.Connection.is_quiet = lambda self: True
"""
MIB = 1024


class World:
    """Be a service, a caller, and the databases it ships to, each behind a network of its own."""

    def __init__(self, project: Path, stack: ExitStack) -> None:
        self.places = Places(project / "var")
        self.fluentd, self.mongodb = stack.enter_context(Fluentd()), stack.enter_context(Mongodb())
        self.proxies = {
            "fluentd": stack.enter_context(Proxy(self.fluentd.port)),
            "mongodb": stack.enter_context(Proxy(self.mongodb.port)),
        }
        self.service: Running = stack.enter_context(
            serve(
                project,
                prediction_log__enable_fluentd_logging=True,
                prediction_log__fluentd_port=self.proxies["fluentd"].port,
                prediction_log__enable_mongodb_logging=True,
                prediction_log__mongo_db_port=self.proxies["mongodb"].port,
            )
        )
        self.caller = stack.enter_context(Caller(self.service.port, ROWS))

    def answered(self) -> set[str]:
        return set(self.caller.answers)

    def wait_for_answers(self, count: int) -> None:
        """Wait until so many more rows are answered."""
        wanted = len(self.caller.answers) + count
        assert eventually(lambda: len(self.caller.answers) >= wanted, 60)

    def fail(self, faults: dict[str, Fault], count: int) -> None:
        """Let the networks fail for so many answers; the embedded database gets them meanwhile."""
        for name, fault in faults.items():
            self.proxies[name].bitten = 0
            fault(self.proxies[name])
        self.wait_for_answers(count)
        felt = [self.proxies[name] for name, fault in faults.items() if fault is not refuse]
        assert eventually(lambda: all(proxy.bitten for proxy in felt)), "the fault did not happen"
        answered = self.answered()
        assert eventually(lambda: answered <= set(stored(self.places))), "another sink was held up"

    def heal(self) -> None:
        """Be good networks again, and wait until everything that is answered is everywhere."""
        for proxy in self.proxies.values():
            proxy.heal()
        answered = self.answered()
        for name, held in self.held().items():
            assert eventually(lambda held=held: answered <= set(held()), 60), f"{name} lacks some"  # type: ignore[misc]

    def drain(self) -> dict[str, float]:
        """Heal, and return for each sink how many rows a second came, from the first that came on."""
        waiting = {name: len(self.answered() - set(self.held()[name]())) for name in self.proxies}
        begun = dict.fromkeys(self.proxies, 0.0)
        ended = dict(begun)
        before = {name: self.held()[name]().total() for name in self.proxies}
        answered = self.answered()
        for proxy in self.proxies.values():
            proxy.heal()
        until = time.monotonic() + 60
        while not all(ended.values()):
            assert time.monotonic() < until, (begun, ended)
            for name in self.proxies:
                held = self.held()[name]()
                if not begun[name] and held.total() > before[name]:
                    begun[name] = time.monotonic()
                if not ended[name] and answered <= set(held):
                    ended[name] = time.monotonic()
            time.sleep(0.05)
        self.heal()
        return {name: waiting[name] / max(ended[name] - begun[name], 0.05) for name in self.proxies}

    def held(self) -> dict[str, Callable[[], Counter[str]]]:
        """Return for each database how it counts its predictions."""
        return {
            "fluentd": lambda: Counter(
                record["prediction_id"]
                for record in list(self.fluentd.records)
                if record["kind"] == "prediction"
            ),
            "mongodb": lambda: Counter(self.mongodb.predictions()),
            "sqlite": lambda: Counter(stored(self.places)),
        }

    def memory(self) -> dict[str, int]:
        """Return what the worker and the shipper hold for themselves, in KiB."""
        (worker,) = self.service.workers
        shipper = json.loads(self.places.status.read_text())["pid"]
        return {"worker": _anonymous(worker), "shipper": _anonymous(shipper)}


@contextmanager
def world(project: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(project, stack)


@pytest.mark.slow
def test_databases_that_fail_in_every_way_miss_nothing_and_no_caller_notices(served: Path) -> None:
    go_through_every_fault(served)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("broken", "found_out"),
    [(HOARDING, "'worker': "), (TRUSTING, "fluentd lacks some")],
    ids=["the worker keeps what it logs in memory", "Fluentd's acknowledgement is not waited for"],
)
def test_null_control_a_log_that_hoards_or_trusts_is_found_out(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, found_out: str
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sitecustomize.py").write_text(broken)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "broken"), prepend=os.pathsep)
    with pytest.raises(AssertionError, match=found_out):
        go_through_every_fault(served)


def go_through_every_fault(served: Path) -> None:
    faults: list[dict[str, Fault]] = [dict.fromkeys(WRONG_ANSWERS, fault) for fault in FAULTS]
    with world(served) as found:
        found.wait_for_answers(100)
        for each in [*faults, dict(WRONG_ANSWERS)]:
            found.fail(each, 100)
            found.heal()
        before = found.memory()
        found.fail(dict.fromkeys(WRONG_ANSWERS, refuse), PILED_UP)
        grown = {name: size - before[name] for name, size in found.memory().items()}
        written = sum(path.stat().st_size for path in found.places.journal.glob("*/*.jsonl")) / 1024
        assert written > PILED_UP * len(LONG) / 1024
        assert grown["worker"] < 4 * MIB, grown
        assert grown["shipper"] < 12 * MIB, grown
        began = time.monotonic()
        rates = found.drain()
        assert PILED_UP / (time.monotonic() - began) > 50, "it is shipped sooner than it came"
        assert min(rates.values()) >= 10 * ARRIVAL, rates
        answers = found.caller.answers
    # What was answered last is shipped by now, for the service has stopped.
    assert found.caller.failures == []
    for name, held in found.held().items():
        assert set(held()) == set(answers), name
        assert name == "fluentd" or set(held().values()) == {1}, f"{name} has some twice"
    _assert_copies_are_equal(found.fluentd.records)


def _assert_copies_are_equal(records: list[dict[str, Any]]) -> None:
    """Fluentd may get a record again, but never another one of the same id: its document is the same."""
    seen: dict[str, dict[str, Any]] = {}
    for record in records:
        if record["kind"] == "prediction":
            assert seen.setdefault(record["prediction_id"], record) == record


def _anonymous(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))
