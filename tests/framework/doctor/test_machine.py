from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from hookline.doctor import program
from hookline.service.runner.limits import Limits
from tests.framework.doctor.conftest import LIMITS, Path_, looked

MIB, GIB = 1024**2, 1024**3


def test_nothing_on_path_is_said_with_what_to_install(path_with: Path_, tmp_path: Path) -> None:
    found = looked(tmp_path, path_with())
    assert {what: found[what].verdict for what in ("python", "make", "git", "docker", "kubectl", "helm")} == {
        "python": "problem",
        "make": "problem",
        "git": "note",
        "docker": "note",
        "kubectl": "note",
        "helm": "note",
    }
    assert all(finding.next for finding in found.values() if finding.verdict != "fine")
    assert "apt-get install make" in found["make"].next


def test_a_machine_with_everything_is_fine(path_with: Path_, tmp_path: Path) -> None:
    environ = path_with(
        python3="echo 3.12",
        make="echo GNU Make 4.3",
        git="echo git version 2.39.5",
        docker="echo 28.1.0",
        kubectl="echo ok",
        helm="echo v3.21.4+gabcdef",
    )
    found = looked(tmp_path, {**environ, "HOOKLINE_SERVICE__PORT": "0"})
    assert {what for what, finding in found.items() if finding.verdict != "fine"} <= {"project", "disk"}
    assert (found["git"].seen, found["docker"].seen, found["kubectl"].seen) == (
        "2.39.5",
        "28.1.0",
        "a cluster answers",
    )


@pytest.mark.parametrize(
    ("what", "does", "verdict", "seen", "next_"),
    [
        ("python3", "echo 3.9", "problem", "make would take python3, which is 3.9", "PYTHON="),
        (
            "python3",
            "echo ModuleNotFoundError: ensurepip; exit 1",
            "problem",
            "no module ensurepip",
            "python3-venv",
        ),
        ("python3", "echo broken; exit 3", "problem", "does not work: broken", "install Python 3.11"),
        (
            "docker",
            "echo 'Cannot connect to the daemon'; exit 1",
            "note",
            "no daemon answers: Cannot",
            "systemctl start",
        ),
        (
            "docker",
            "echo 'permission denied on the socket'; exit 1",
            "note",
            "does not let you in",
            "usermod -aG docker",
        ),
        (
            "kubectl",
            "echo 'connection refused'; exit 1",
            "note",
            "no cluster answers: connection refused",
            "use-context",
        ),
        ("helm", "echo v2.17.0", "note", "v2.17.0 is too old", "install Helm 3"),
        ("helm", "exit 1", "note", "does not tell its version: it says nothing", "helm version"),
        ("docker", "sleep 5", "note", "no answer within 0.2 seconds", "systemctl start"),
    ],
    ids=[
        "old python",
        "no ensurepip",
        "broken python",
        "no daemon",
        "no rights",
        "no cluster",
        "old helm",
        "mute helm",
        "a daemon that hangs",
    ],
)
def test_what_is_wrong_with_a_program_is_said_with_the_next_command(
    what: str,
    does: str,
    verdict: str,
    seen: str,
    next_: str,
    path_with: Path_,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "sleep" in does:
        monkeypatch.setattr(program.ask, "__kwdefaults__", {"seconds": 0.2})
    found = looked(tmp_path, path_with(**{what: does}))["python" if what == "python3" else what]
    assert found.verdict == verdict
    assert seen in found.seen
    assert next_ in found.next


def test_a_program_that_cannot_be_started_is_no_traceback(path_with: Path_, tmp_path: Path) -> None:
    environ = path_with()
    (tmp_path / "bin" / "helm").write_bytes(b"\x7fELF no program")
    (tmp_path / "bin" / "helm").chmod(0o755)
    assert "Exec format error" in looked(tmp_path, environ)["helm"].seen


def test_python_is_the_one_that_make_would_take(path_with: Path_, tmp_path: Path) -> None:
    environ = path_with(python3="echo 3.8", python3new="echo 3.13")
    assert looked(tmp_path, {**environ, "PYTHON": "python3new"})["python"].verdict == "fine"


def test_a_port_that_is_taken_is_said_with_another_one(path_with: Path_, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        environ = {"HOOKLINE_SERVICE__HOST": "127.0.0.1", "HOOKLINE_SERVICE__PORT": str(number)}
        found = looked(tmp_path, {**path_with(), **environ})["port"]
    assert (found.verdict, f"make run PORT={number + 1}" in found.next) == ("note", True)
    assert looked(tmp_path, {**path_with(), **environ})["port"].verdict == "fine"


@pytest.mark.parametrize(
    ("free", "verdict", "words"),
    [
        (10 * MIB, "problem", "10 MiB free, less than prediction_log.min_free_bytes (64 MiB)"),
        (1 * GIB, "note", "1.0 GiB free; an environment and a few models take 2.0 GiB"),
        (3 * GIB, "note", "3.0 GiB free, less than the journal may take (4.0 GiB)"),
        (5 * GIB, "fine", "5.0 GiB free"),
    ],
)
def test_a_full_disk_is_said_by_what_it_stops(
    free: int, verdict: str, words: str, path_with: Path_, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    environ = {**path_with(), "HOOKLINE_PREDICTION_LOG__MAX_BYTES": str(4 * GIB)}
    found = looked(tmp_path, environ)["disk"]
    assert found.verdict == verdict
    assert words in found.seen


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        (LIMITS, "fine"),
        (Limits(0.5, 4 * GIB, "cgroup v2", "the machine"), "note"),
        (Limits(2, 300 * MIB, "CPU affinity", "cgroup v2"), "problem"),
    ],
)
def test_limits_of_a_container_are_named(
    limits: Limits, verdict: str, path_with: Path_, tmp_path: Path
) -> None:
    found = looked(tmp_path, path_with(), limits)["limits"]
    assert found.verdict == verdict
    assert limits.cpu_source in found.seen
