"""A prediction answered 200 is in the log, through kill -9 of any part of the service."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.framework.predlog.killing import VICTIMS, Killing, closing_account, ship_the_rest, stored

EACH = ("worker", "shipper", "supervisor")
AGAIN = ("worker", "shipper", "supervisor", "shipper", "worker")

DISABLED = """\
import hookline.predlog.journal.writer as writer
writer.Journal.append = lambda self, data, records, *, loss=0: None
"""
LATE = """\
import threading
import hookline.predlog.journal.writer as writer
append, turn = writer.Journal.append, threading.Lock()
def alone(*words):
    with turn:  # it is broken by being late, and by nothing else
        append(*words)
def late(self, data, records, *, loss=0):
    threading.Timer(0.5, alone, (self, data, records)).start()
writer.Journal.append = late
"""


def lost(project: Path, victims: Sequence[str], seed: int = 0, least: int = 50) -> list[str]:
    """Return the predictions that were answered 200 and are not in the database."""
    killing = Killing(project, seed)
    with killing.running():
        for victim in victims:
            killing.kill(victim)
            account = closing_account(killing.places)
            assert account.closes, account
    ship_the_rest(project)
    account, there = closing_account(killing.places), stored(killing.places)
    assert (account.closes, account.pending, account.dead_lettered) == (True, 0, 0), account
    assert account.dropped == 0, "the clients pass over answers that say they are not logged"
    assert set(there.values()) <= {1}
    answered = killing.clients.answered
    assert len(answered) >= least * len(victims)
    return [name for name in answered if name not in there]


@pytest.mark.parametrize(
    "victims",
    [pytest.param(EACH, id="each"), pytest.param(AGAIN, id="one after another", marks=pytest.mark.slow)],
)
def test_every_answered_prediction_is_stored_once_whoever_is_killed(
    served: Path, victims: Sequence[str]
) -> None:
    assert lost(served, victims) == []


@pytest.mark.soak
@pytest.mark.parametrize("rounds", [20, 200])
def test_every_answered_prediction_is_stored_once_in_many_rounds(served: Path, rounds: int) -> None:
    killing = Killing(served, seed=rounds)
    victims = [killing.random.choice(VICTIMS) for _ in range(rounds)]
    assert lost(served, victims, seed=rounds, least=500) == []


@pytest.mark.slow
@pytest.mark.parametrize("broken", [DISABLED, LATE], ids=["nothing is appended", "appended after the answer"])
def test_null_control_a_service_that_does_not_log_before_it_answers_is_found_out(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sitecustomize.py").write_text(broken)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "broken"), prepend=os.pathsep)
    assert lost(served, ["worker", "worker"]) != []
