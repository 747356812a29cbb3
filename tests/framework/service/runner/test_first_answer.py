"""What happens before the first answer, and what does not: seen in real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hookline.config import load_settings
from hookline.predlog.places import Places
from tests.framework.predlog.killing import stored
from tests.framework.service.runner.processes import alive, children, eventually, shippers_of, stem_of
from tests.framework.service.runner.test_start import run, spoil_graph
from tests.framework.service.runner.variants import ROW
from tests.framework.service.wire import ask

SECONDS = 30
OF_COMMANDS = {"typer", "rich", "click"}
OF_WORKERS = {"asyncio", "multiprocessing", "numpy", "pydantic", "uvicorn", "yaml"}
OF_LATER = {"fastapi", "pandas", "sklearn", "structlog"}
TELL = """\
import os, signal, sys

def tell(*_):
    with open(os.path.join(os.environ["TOLD"], f"{os.getpid()}.part"), "w") as file:
        file.write("\\n".join(sys.modules))
    os.rename(file.name, file.name[:-5])

signal.signal(signal.SIGWINCH, tell)
"""
"""A sitecustomize: every process tells on a signal which modules it has imported."""


@contextmanager
def answering(project: Path, told: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run `hookline serve` as `make run` does; the block begins with its first answer, and has its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (told / "sitecustomize.py").write_text(TELL)
    words = ["serve", "-C", str(project), "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    # What measures coverage imports much by itself.
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environ = bare | {"PYTHONPATH": str(told), "TOLD": str(told), "HOOKLINE_SERVICE__DRAIN_DELAY": "0"}

    def answers() -> bool:
        try:
            return ask(port, "POST", "/api/predictions", ROW).status == 200
        except OSError:
            return False

    with subprocess.Popen(
        [sys.executable, "-m", "hookline.cli", *words], env=environ, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert eventually(answers, SECONDS)
            yield process, port
        finally:
            process.terminate()


def modules_of(pid: int, told: Path) -> set[str]:
    """Return what a process has imported: modules, and with them their packages."""
    os.kill(pid, signal.SIGWINCH)
    file = told / str(pid)
    assert eventually(file.exists)
    return set(file.read_text().split("\n"))


def born(pid: int) -> int:
    """Return when a process began, in the kernel's ticks."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_way_to_the_first_answer_is_no_longer_than_it_must_be(variants: Path, tmp_path: Path) -> None:
    with answering(variants, tmp_path) as (supervisor, _):
        found = modules_of(supervisor.pid, tmp_path)
        assert "hookline.cli.quick" in found  # no other program took its place
        assert not (OF_COMMANDS | OF_WORKERS | OF_LATER) & found
        stem = stem_of(supervisor.pid)
        found = modules_of(stem, tmp_path)
        assert found > {"numpy", "onnxruntime", "uvicorn"}
        assert not (OF_LATER | OF_COMMANDS - {"click"}) & found  # uvicorn brings click
        (worker,) = children(stem)
        assert eventually(lambda: shippers_of(supervisor.pid))
        assert born(shippers_of(supervisor.pid)[0]) >= born(worker)


def test_a_start_that_is_refused_still_ships_what_an_earlier_one_left(variants: Path, tmp_path: Path) -> None:
    with answering(variants, tmp_path) as (supervisor, port):
        assert eventually(lambda: shippers_of(supervisor.pid))
        (shipper,) = shippers_of(supervisor.pid)
        os.kill(shipper, signal.SIGSTOP)
        name = ask(port, "POST", "/api/predictions", ROW).json()[0]["prediction_id"]
        family = [shipper, stem_of(supervisor.pid)]
        family += children(family[-1])
        for pid in (supervisor.pid, *family):
            os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not alive(family))
    places = Places.of(load_settings(variants, {}), variants)
    assert not places.database.exists() or name not in stored(places)

    spoil_graph(variants)
    assert run(variants, "--port", "0").returncode == 1
    assert name in stored(places)
