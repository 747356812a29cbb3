from __future__ import annotations

import asyncio
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.framework.service.runner.balancer import balancing
from tests.framework.service.runner.load import Load, until
from tests.framework.service.runner.variants import ROW
from tests.framework.service.running import Running, serve

DELAY = 0.5


class Restarted:
    """Two instances of a service, of which one after the other is stopped and started again on its port."""

    def __init__(self, project: Path, stack: ExitStack, *, drain_delay: float) -> None:
        self._project = project
        self._stack = stack
        self._delay = drain_delay
        self.instances = [self._start("0"), self._start("0")]

    def restart(self, number: int, stop: signal.Signals) -> None:
        port = self.instances[number].port
        assert self.instances[number].stop(stop) in (0, -stop)
        self.instances[number] = self._start(str(port))

    def _start(self, port: str) -> Running:
        return self._stack.enter_context(
            serve(self._project, "--port", port, drain_delay=self._delay, drain_seconds=2)
        )


async def restart_under_load(restarted: Restarted, times: int, stop: signal.Signals = signal.SIGTERM) -> Load:
    first, second = (instance.port for instance in restarted.instances)
    async with balancing(first, second) as balancer:
        await until(lambda: all(instance.ready for instance in balancer.instances))
        async with Load(balancer.port, ROW, pause=0.005) as load:
            for turn in range(times):
                await asyncio.to_thread(restarted.restart, turn % 2, stop)
                await until(lambda: all(instance.ready for instance in balancer.instances))
                await load.more(50)
    return load


@pytest.mark.parametrize(
    "times", [pytest.param(3, marks=pytest.mark.slow), pytest.param(20, marks=pytest.mark.soak)]
)
def test_restarts_under_load_behind_a_balancer_fail_no_request(variants: Path, times: int) -> None:
    with ExitStack() as stack:
        load = asyncio.run(restart_under_load(Restarted(variants, stack, drain_delay=DELAY), times))
    assert load.failures == []
    assert set(load.statuses) == {200}


@pytest.mark.slow
def test_a_kill_instead_of_a_restart_would_be_seen(variants: Path) -> None:
    with ExitStack() as stack:
        load = asyncio.run(
            restart_under_load(Restarted(variants, stack, drain_delay=DELAY), 1, signal.SIGKILL)
        )
    assert load.statuses.get(502, 0) > 0
