"""A real process publishes real files and is killed with SIGKILL at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hookline.errors import HooklineError
from hookline.models.loading import load_model
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from tests.framework.models.parts import Parts
from tests.house import ROOT

EVERYDAY, SOAK = 20, 200


@pytest.fixture(scope="session")
def saved(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the small model's files where other processes find them."""
    folder = tmp_path_factory.mktemp("parts") / "saved"
    parts.save(folder)
    return folder


def test_a_kill_leaves_the_old_version_or_the_new_one(
    store: ModelStore, parts: Parts, saved: Path, policy: LoadPolicy
) -> None:
    kill_and_look(store, parts, saved, policy, kills=EVERYDAY)


@pytest.mark.soak
def test_two_hundred_kills_leave_the_old_version_or_the_new_one(
    store: ModelStore, parts: Parts, saved: Path, policy: LoadPolicy
) -> None:
    kill_and_look(store, parts, saved, policy, kills=SOAK)


def test_the_same_look_finds_a_store_that_is_not_atomic(
    store: ModelStore, parts: Parts, saved: Path, policy: LoadPolicy
) -> None:
    with publishing(store, saved, "torn", rounds=3) as unharmed:
        *_, last = unharmed.communicate()[0].split()
    look(store, policy, at_least=last)  # it is the kill that makes the difference
    with pytest.raises(HooklineError, match=r"missing|unusable|bytes, its manifest says|is not what"):
        kill_and_look(store, parts, saved, policy, kills=EVERYDAY, how="torn")


def kill_and_look(
    store: ModelStore, parts: Parts, saved: Path, policy: LoadPolicy, *, kills: int, how: str = "whole"
) -> None:
    moments = random.Random(7)  # noqa: S311 - repeatable is all it must be
    hit = 0
    for _ in range(kills):
        with publishing(store, saved, how) as child:
            first = reported(child)
            started = time.monotonic()
            second = reported(child)
            # Anywhere in the round that follows, and a little into the one after.
            time.sleep(moments.uniform(0, 1.2 * (time.monotonic() - started)))
            child.kill()
            rest = child.communicate()[0].split()
        look(store, policy, at_least=rest[-1] if rest else second)
        assert first in store.names()
        hit += len(list(store.directory.glob(".draft-*")))
        version = parts.publish(store).version
        assert store.current() == version
        assert not list(store.directory.glob(".draft-*")), "a dead process's draft is still there"
        store.prune(2)
    assert hit, "no kill came during a publish; the moments are badly chosen"


def look(store: ModelStore, policy: LoadPolicy, *, at_least: str) -> None:
    current = store.current()
    assert current is not None
    assert current >= at_least, "a version that was reported as current is not"
    load_model(store, policy=policy).close()
    for version in store.names():
        store.verify(version)
    store.rollback_target()


def test_the_draft_of_a_dead_process_is_removed_and_a_live_one_is_left(
    store: ModelStore, parts: Parts, saved: Path
) -> None:
    with publishing(store, saved, "draft") as dead:
        assert reported(dead) == "waiting"
        (left,) = store.directory.glob(".draft-*")
        with store.draft() as alive:
            assert left.exists()
            dead.kill()
            dead.communicate()
            parts.publish(store)
            assert not left.exists()
            assert alive.path.exists()


def test_publishers_at_the_same_time_do_not_disturb_each_other(
    store: ModelStore, saved: Path, policy: LoadPolicy
) -> None:
    rounds = 12
    with publishing(store, saved, rounds=rounds) as one, publishing(store, saved, rounds=rounds) as two:
        published = [*one.communicate()[0].split(), *two.communicate()[0].split()]
        assert (one.returncode, two.returncode) == (0, 0)
    assert len(published) == 2 * rounds
    assert store.names() == sorted(published)
    for version in published:
        store.verify(version)
    assert store.current() in published
    assert store.rollback_target() in set(published) - {store.current()}
    load_model(store, policy=policy).close()


@contextmanager
def publishing(
    store: ModelStore, saved: Path, how: str = "whole", *, rounds: int = 1_000_000
) -> Iterator[subprocess.Popen[str]]:
    program = [sys.executable, "-m", "tests.framework.models.publisher"]
    with subprocess.Popen(
        [*program, str(store.directory), str(saved), how, str(rounds)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def reported(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    line = child.stdout.readline().strip()
    assert line, "the publisher ended"
    return line
