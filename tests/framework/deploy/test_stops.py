"""`hookline deploy`, stopped: Ctrl-C reaches every program of it, SIGTERM perhaps the command alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.framework.deploy.conftest import World
from tests.framework.deploy.stub import StubCluster

DEPLOY = ("--tag", "two", "--accept-breaking")


def press_ctrl_c(command: int) -> None:
    os.killpg(command, signal.SIGINT)


def abort(command: int) -> None:
    os.kill(command, signal.SIGTERM)


def abort_all(command: int) -> None:
    os.killpg(command, signal.SIGTERM)


STOPS = pytest.mark.parametrize(
    ("stop", "code"),
    [
        pytest.param(press_ctrl_c, 130, marks=pytest.mark.slow),
        (abort, 143),
        pytest.param(abort_all, 143, marks=pytest.mark.slow),
    ],
)


def interrupted(
    world: World, reached: Callable[[], bool], stop: Callable[[int], None], code: int, *words: str
) -> str:
    """Deploy in a group of its own, stop it once `reached`, and return what it said."""
    words = ("deploy", *(words or DEPLOY), "-C", str(world.root))
    with subprocess.Popen(
        [sys.executable, "-m", "hookline.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as command:
        try:
            end = time.monotonic() + 20
            while not _tells(reached):
                assert time.monotonic() < end, "it never got there"
                time.sleep(0.05)
            stop(command.pid)
            said, _ = command.communicate(timeout=20)
        finally:
            command.kill()
    assert command.returncode == code, said
    return said


def _tells(reached: Callable[[], bool]) -> bool:
    try:
        return reached()
    except ValueError:  # a stub was writing what it knows
        return False


@STOPS
@pytest.mark.usefixtures("older_is_live")
def test_an_interrupted_upgrade_has_been_taken_back_when_the_command_ends(
    world: World, cluster: StubCluster, stop: Callable[[int], None], code: int
) -> None:
    cluster.write(waits=True)
    said = interrupted(world, lambda: len(cluster.changing()) == 2, stop, code)
    assert f"revision 1 is back, with {world.older}" in said
    assert cluster.live is not None
    assert cluster.live["values"]["release"]["model_version"] == world.older


@STOPS
@pytest.mark.usefixtures("older_is_live")
def test_an_interrupted_test_request_takes_the_release_back(
    world: World, cluster: StubCluster, stop: Callable[[int], None], code: int
) -> None:
    asked = len(cluster.calls("kubectl"))
    cluster.write(port=0)
    said = interrupted(world, lambda: len(cluster.calls("kubectl")) > asked, stop, code)
    assert f"revision 1 is back, with {world.older}" in said
    assert cluster.live is not None
    assert cluster.live["values"]["release"]["model_version"] == world.older


@pytest.mark.parametrize(
    "gap", [0.0002, *(pytest.param(gap, marks=pytest.mark.slow) for gap in (0.0001, 0.0003, 0.0004))]
)
@pytest.mark.usefixtures("older_is_live")
def test_a_second_sigterm_right_behind_the_first_does_not_stop_the_taking_back(
    world: World, cluster: StubCluster, gap: float
) -> None:
    def abort_twice(command: int) -> None:
        abort(command)
        time.sleep(gap)
        abort(command)

    asked = len(cluster.calls("kubectl"))
    cluster.write(port=0)
    said = interrupted(world, lambda: len(cluster.calls("kubectl")) > asked, abort_twice, 143)
    assert f"revision 1 is back, with {world.older}" in said
    assert cluster.live is not None
    assert cluster.live["values"]["release"]["model_version"] == world.older


@pytest.mark.slow
@STOPS
@pytest.mark.usefixtures("older_is_live")
def test_going_back_goes_through_though_it_is_interrupted(
    world: World, cluster: StubCluster, stop: Callable[[int], None], code: int
) -> None:
    cluster.write(slow_rollback=2)
    interrupted(world, lambda: bool(cluster.calls("helm", "rollback")), stop, code, "rollback", "1")
    assert cluster.live is not None
    assert cluster.live["description"] == "Rollback to 1"
