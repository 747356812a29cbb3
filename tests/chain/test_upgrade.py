"""Upgrades with the real containers: a balancer polls readiness, callers ask all the time, nothing is lost.

What Kubernetes does with `maxSurge: 1` and `maxUnavailable: 0` is played here: the new container first, the
old one is told to stop once the new one is ready, and a new one that never gets ready is taken away again.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hookline.predlog.journal.read import read_all, writers
from hookline.predlog.places import Places
from tests.chain.containers import Container, Engine
from tests.chain.releases import Images
from tests.framework.predlog.killing import stored
from tests.framework.service.projects import IRIS_ROW
from tests.framework.service.runner import balancer as balancers
from tests.framework.service.runner.balancer import Balancer, Instance, balancing
from tests.framework.service.runner.load import Connection, Reply, until
from tests.framework.service.wire import request_bytes

RATE = 50
PRE_STOP = 1.0
DEADLINE = 60.0
BODY = json.dumps([IRIS_ROW]).encode()
KEPT = request_bytes("POST", "/api/predictions", BODY)
NEW = request_bytes("POST", "/api/predictions", BODY, headers={"connection": "close"})


@dataclass
class Callers:
    """Ask at a steady rate whatever the answers do, every other time on a new connection."""

    port: int
    replies: list[Reply] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    fresh: int = 0
    seconds: float = 0.0
    _idle: list[Connection] = field(default_factory=list)
    _asking: set[asyncio.Task[None]] = field(default_factory=set)

    async def ask_until(self, over: asyncio.Event) -> None:
        began, number = time.monotonic(), 0
        while not over.is_set():
            task = asyncio.create_task(self._ask(new=number % 2 == 0))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
            number += 1
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
        await asyncio.gather(*self._asking)
        self.seconds = time.monotonic() - began
        for connection in self._idle:
            connection.close()

    async def _ask(self, *, new: bool) -> None:
        connection = Connection(self.port) if new or not self._idle else self._idle.pop()
        self.fresh += new
        try:
            reply = await asyncio.wait_for(connection.ask(NEW if new else KEPT), 10)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self.failures.append(f"{type(error).__name__}: {error}")
            connection.close()
            return
        self.replies.append(reply)
        if reply.status != 200 or reply.headers.get("x-prediction-logged") == "false":
            self.failures.append(f"{reply.status} {reply.body.decode(errors='replace')[:200]}")
        if new:
            connection.close()
        else:
            self._idle.append(connection)

    @property
    def answered(self) -> set[str]:
        """Return the id of every prediction that was answered."""
        return {
            row["prediction_id"]
            for reply in self.replies
            if reply.status == 200
            for row in json.loads(reply.body)
        }


class Rollout:
    """Keep one container of a release behind a balancer, and replace it."""

    def __init__(self, engine: Engine, balancer: Balancer, folder: Path) -> None:
        self._engine = engine
        self._balancer = balancer
        self._folder = folder
        self.live: tuple[Container, Instance] | None = None
        self.volumes: list[Path] = []
        self.exits: list[int] = []
        self.seconds: list[float] = []

    async def upgrade(self, image: str, *, deadline: float = DEADLINE) -> bool:
        """Replace the live container; tell whether it was, or the new one taken away again."""
        new = await self._start(image)
        end = time.monotonic() + deadline
        while not new[1].ready:
            if time.monotonic() > end:
                self._forget(new[1])
                await asyncio.to_thread(new[0].kill)
                return False
            await asyncio.sleep(0.05)
        old, self.live = self.live, new
        if old is not None:
            await self._stop(*old)
        return True

    async def replace_at_once(self, image: str) -> None:
        """Replace the live container as nobody should: the old one is killed before the new one is ready."""
        assert self.live is not None
        container, instance = self.live
        await asyncio.to_thread(container.kill)
        self.live = await self._start(image)
        await until(lambda: self.live is not None and self.live[1].ready, DEADLINE)
        self._forget(instance)

    async def _start(self, image: str) -> tuple[Container, Instance]:
        volume = self._folder / f"volume-{len(self.volumes)}"
        self.volumes.append(volume)
        container = await asyncio.to_thread(self._engine.start, image, volume)
        self._balancer.instances.append(Instance(container.port))
        return container, self._balancer.instances[-1]

    async def _stop(self, container: Container, instance: Instance) -> None:
        await asyncio.sleep(PRE_STOP)
        began = time.monotonic()
        self.exits.append(await asyncio.to_thread(container.stop))
        self.seconds.append(time.monotonic() - began)
        self._forget(instance)

    def _forget(self, instance: Instance) -> None:
        self._balancer.instances.remove(instance)
        instance.ready = False
        instance.drop()

    async def finish(self) -> None:
        if self.live is not None:
            await self._stop(*self.live)


def logged(volume: Path) -> set[str]:
    """Return the id of every prediction in a container's journal and database."""
    places = Places(volume)
    found = set()
    for writer in writers(places.journal):
        lines = map(json.loads, read_all(writer))
        found |= {line["prediction_id"] for line in lines if line["kind"] == "prediction"}
    return found | set(stored(places)) if places.database.exists() else found


@pytest.fixture(autouse=True)
def _slow_to_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the balancer look at readiness no more often than real ones do."""
    monkeypatch.setattr(balancers, "_EVERY", 1.0)


def test_ten_upgrades_under_load_fail_no_request_and_lose_no_prediction(
    release_engine: Engine, images: Images, tmp_path: Path
) -> None:
    async def run() -> tuple[Callers, Rollout]:
        async with balancing() as balancer:
            rollout, callers, over = (
                Rollout(release_engine, balancer, tmp_path),
                Callers(balancer.port),
                asyncio.Event(),
            )
            assert await rollout.upgrade(images.one)
            asking = asyncio.create_task(callers.ask_until(over))
            for turn in range(10):
                assert await rollout.upgrade((images.two, images.one)[turn % 2])
            over.set()
            await asking
            await rollout.finish()
        return callers, rollout

    callers, rollout = asyncio.run(run())
    assert callers.failures == []
    assert {reply.status for reply in callers.replies} == {200}
    assert len({reply.version for reply in callers.replies}) == 2
    assert len(callers.replies) / callers.seconds == pytest.approx(RATE, rel=0.05)
    assert callers.fresh * 2 == pytest.approx(len(callers.replies), abs=1)
    assert rollout.exits == [0] * 11
    assert max(rollout.seconds) < 10
    found = [logged(volume) for volume in rollout.volumes]
    assert callers.answered - set().union(*found) == set()
    assert len(callers.answered) == len(callers.replies) > 10 * RATE
    # This test could fail: without any one of the containers' logs something is missing.
    assert all(
        callers.answered & one - set().union(*(other for other in found if other is not one)) for one in found
    )
    sys.stdout.write(
        f"{len(callers.replies)} answers in {callers.seconds:.0f} s, {callers.fresh} on new connections, "
        f"slowest stop {max(rollout.seconds):.1f} s, slowest answer "
        f"{max(reply.seconds for reply in callers.replies) * 1000:.0f} ms\n"
    )


def test_a_broken_image_never_takes_traffic_and_is_taken_away_again(
    release_engine: Engine, images: Images, tmp_path: Path
) -> None:
    async def run() -> tuple[Callers, Rollout]:
        async with balancing() as balancer:
            rollout, callers, over = (
                Rollout(release_engine, balancer, tmp_path),
                Callers(balancer.port),
                asyncio.Event(),
            )
            assert await rollout.upgrade(images.one)
            live = rollout.live
            asking = asyncio.create_task(callers.ask_until(over))
            assert not await rollout.upgrade(images.broken, deadline=15)
            assert rollout.live is live
            assert len(balancer.instances) == 1
            await asyncio.sleep(1)
            over.set()
            await asking
            await rollout.finish()
        return callers, rollout

    callers, rollout = asyncio.run(run())
    assert callers.failures == []
    assert len({reply.version for reply in callers.replies}) == 1
    assert callers.answered <= logged(rollout.volumes[0])
    assert logged(rollout.volumes[1]) == set()


def test_an_upgrade_that_waits_for_nothing_would_be_seen(
    release_engine: Engine, images: Images, tmp_path: Path
) -> None:
    async def run() -> Callers:
        async with balancing() as balancer:
            rollout, callers, over = (
                Rollout(release_engine, balancer, tmp_path),
                Callers(balancer.port),
                asyncio.Event(),
            )
            assert await rollout.upgrade(images.one)
            asking = asyncio.create_task(callers.ask_until(over))
            await rollout.replace_at_once(images.two)
            over.set()
            await asking
            await rollout.finish()
        return callers

    assert asyncio.run(run()).failures != []
