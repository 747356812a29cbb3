"""Histories in which the power fails too: what it took is found, accepted once, and the accounts close."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from hookline.predlog.accepted import accept
from hookline.predlog.expand import records
from hookline.predlog.totals import TotalsFile
from tests.framework.predlog.test_accounting import EVERYDAY, History


class PowerHistory(History):
    """Be a history in which a writer's last lines, and its count, may be as they were some time before."""

    b_is_switched = None  # type: ignore[assignment]  # no rule: one that comes back says again what it lacks

    def __init__(self) -> None:
        super().__init__()
        self.lost: set[str] = set()

    @precondition(lambda self: self.living)
    @rule(data=st.data())
    def the_power_fails(self, data: st.DataObject) -> None:
        scribe = data.draw(st.sampled_from(self.living))
        self.living.remove(scribe)
        if scribe.segment.exists():
            lines = scribe.segment.read_bytes().splitlines(keepends=True)
            kept = data.draw(st.integers(0, len(lines)))
            os.truncate(scribe.segment, sum(map(len, lines[:kept])))
            written = list(records([line.removesuffix(b"\n") for line in lines], (b"", 0), len(lines)))
            self.lost |= {str(found.record.get("prediction_id")) for found in written[kept:] if found.record}
        counts = scribe.path / "counts"
        said = counts.read_bytes()
        counted = data.draw(st.integers(0, int.from_bytes(said[:8], "little")))
        scribe.die()
        if counts.exists():
            counts.write_bytes(counted.to_bytes(8, "little") + said[8:])
        self.desk.restart()
        for courier in self.desk.couriers:
            courier.turn()
        wrong = {account.sink: account.missing for account in self.accounts() if not account.closes}
        if wrong:
            accept(self.desk.places.accepted, wrong)

    def check_the_end(self) -> None:
        for account in self.accounts():
            assert (account.missing, account.pending) == (0, 0), account
        with closing(sqlite3.connect(self.desk.places.database)) as connection:
            stored = [name for (name,) in connection.execute("SELECT prediction_id FROM prediction")]
        assert len(stored) == len(set(stored))
        assert set(self.appended) - self.lost <= set(stored) <= set(self.appended)


def test_every_sink_is_known_after_a_restart(tmp_path: Path) -> None:
    """Else what is missing would pass for what was removed before the sink came."""
    totals = TotalsFile(tmp_path / "totals.json")
    for name in ("a", "b", "c"):
        totals.welcome(name)
    totals.keep_only(name for name in ("a", "b"))
    assert [TotalsFile(tmp_path / "totals.json").knows(name) for name in ("a", "b", "c")] == [
        True,
        True,
        False,
    ]


def test_the_account_closes_when_the_power_fails_too() -> None:
    run_state_machine_as_test(PowerHistory, settings=EVERYDAY)


@pytest.mark.soak
def test_the_account_closes_in_many_histories_with_power_failures() -> None:
    more = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(PowerHistory, settings=more)
