from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.framework.service.runner.processes import alive, children, eventually
from tests.framework.service.runner.variants import ROW
from tests.framework.service.running import serve
from tests.framework.service.wire import ask
from tests.house import ROOT

SECONDS = 60


def run(project: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `hookline serve` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "hookline.cli", "serve", "--host", "127.0.0.1", *words],
        cwd=project,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def spoil_graph(project: Path) -> None:
    for graph in (project / "model_bin").glob("*/graph.onnx"):
        graph.chmod(0o644)
        graph.write_bytes(graph.read_bytes()[:-1])


def spoil_config(project: Path) -> None:
    (project / "config.yaml").write_text("service:\n  wrokers: 2\n")


def spoil_keys(project: Path) -> None:
    (project / "config.yaml").write_text("access:\n  required: true\n")


@pytest.mark.parametrize(
    ("spoil", "words", "says"),
    [
        (spoil_graph, ("--port", "0"), "graph.onnx"),
        (spoil_config, (), "did you mean `service.workers`"),
        (spoil_keys, ("--port", "0"), "hookline keys new"),
        (None, ("--port", "70000"), "HOOKLINE_SERVICE__PORT"),
        (None, ("--host", "203.0.113.1", "--port", "0"), "cannot listen on 203.0.113.1"),
        (None, ("-C", "/"), "is not a hookline project"),
    ],
    ids=["refused model", "bad config", "no keys", "bad port", "no such address", "no project"],
)
def test_what_cannot_start_says_why_in_one_sentence_and_exits_1(
    variants: Path, spoil: object, words: tuple[str, ...], says: str
) -> None:
    if callable(spoil):
        spoil(variants)
    done = run(variants, *words)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(errors) == 1, done.stderr
    assert errors[0].startswith("error: ")
    assert says in errors[0]


def test_a_port_in_use_is_said_in_one_sentence(variants: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(variants, "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: cannot listen on 127.0.0.1:{port} (Address already in use); stop what uses the port, "
        "or choose another one with --port or service.port\n"
    )


def test_without_a_folder_for_metrics_it_does_not_start(variants: Path) -> None:
    broken = f"import tempfile; tempfile.tempdir = {str(variants / 'absent')!r}\n"
    script = f"{broken}from pathlib import Path\nfrom hookline.service import serve_project\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}raise SystemExit(serve_project(Path()))"],
        cwd=variants,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "error: cannot make a folder for metrics (No such file or directory); "
        "set TMPDIR to a folder that can be written\n"
    )


@pytest.mark.slow
def test_everybody_may_come_in_is_said_once(variants: Path) -> None:
    with serve(variants, host="0.0.0.0") as running:  # noqa: S104 - what is tested
        assert "set access.keys" in running.wait_for("open")["sentence"]
    with serve(variants) as running:
        assert [event["event"] for event in running.events] == ["plan", "serving"]


@pytest.mark.slow
def test_the_command_line_goes_over_the_environment(variants: Path) -> None:
    with serve(variants, "--workers", "2", workers=3) as running:
        assert len(running.workers) == 2
        assert len(children(running.wait_for("serving")["stem"])) == 2


def test_the_plan_is_printed_without_starting_anything(variants: Path) -> None:
    plain = json.loads(run(variants, "--plan", "--json", "--workers", "3").stdout)
    assert (plain["workers"], plain["threads"], plain["predictor"]) == (3, 1, "compiled")
    assert plain["expected_memory_bytes"] > 0
    lines = run(variants, "--plan").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["CPUs", "memory", "workers", "model", "expected"]


def test_there_is_a_plan_before_there_is_a_model(variants: Path) -> None:
    (variants / "model_bin" / "current.json").unlink()
    assert json.loads(run(variants, "--plan", "--json").stdout)["workers"] >= 1


@pytest.mark.slow
def test_more_threads_than_one_have_every_worker_load_for_itself(variants: Path) -> None:
    with serve(variants, threads=2) as running:
        assert running.wait_for("plan")["shares_model"] is False
        assert running.ask("POST", "/api/predictions", ROW).json()[0]["value"] == pytest.approx(30)


@pytest.mark.slow
def test_where_a_library_starts_threads_every_worker_loads_for_itself(
    variants: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, threading\n"
        "if 'stem' in ' '.join(sys.orig_argv):\n"
        "    threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with serve(variants) as running:
        assert running.wait_for("plan")["shares_model"] is False
        assert running.ask("POST", "/api/predictions", ROW).json()[0]["value"] == pytest.approx(30)
        assert [event["event"] for event in running.events] == ["plan", "serving"]


# ---- other ways to start ----


@contextmanager
def started(project: Path, *command: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the block ends."""
    environ = {
        **os.environ,
        "HOOKLINE_SERVICE__PORT": str(port),
        "HOOKLINE_SERVICE__HOST": "127.0.0.1",
        "HOOKLINE_SERVICE__WORKERS": "1",
        "HOOKLINE_SERVICE__DRAIN_DELAY": "0",
    }
    with subprocess.Popen(command, cwd=project, env=environ, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize(
    "command",
    [
        ("{python}", "main.py"),
        ("{python}", "-m", "uvicorn", "main:app", "--port", "{port}"),
        pytest.param(
            ("{python}", "-m", "uvicorn", "main:app", "--port", "{port}", "--workers", "2"),
            marks=pytest.mark.slow,
        ),
    ],
    ids=["python main.py", "uvicorn main:app", "uvicorn main:app --workers 2"],
)
def test_main_py_serves(variants: Path, command: tuple[str, ...]) -> None:
    (variants / "main.py").write_bytes((ROOT / "main.py").read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [word.format(python=sys.executable, port=port) for word in command]

    def answers() -> bool:
        try:
            return ask(port, "POST", "/api/predictions", ROW).status == 200
        except OSError:
            return False

    with started(variants, *words, port=port) as process:
        assert eventually(answers, SECONDS)
    assert process.returncode in (0, -signal.SIGTERM)


def test_uvicorn_main_app_says_what_is_wrong_in_one_sentence(variants: Path) -> None:
    (variants / "main.py").write_bytes((ROOT / "main.py").read_bytes())
    spoil_config(variants)
    done = subprocess.run(
        [sys.executable, "-m", "uvicorn", "main:app", "--port", "0"],
        cwd=variants,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: config.yaml")
    assert "Traceback" not in done.stderr


# ---- at a terminal ----


@contextmanager
def terminal(project: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run `python -m hookline.cli serve` at a terminal of its own; yield it and our end of the terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "hookline.cli",
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--workers",
            "1",
        ],
        cwd=project,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "HOOKLINE_SERVICE__DRAIN_DELAY": "0"},
        start_new_session=True,
        preexec_fn=lambda: _own_terminal(theirs),  # noqa: PLW1509 - only makes the terminal its own
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()


def _own_terminal(fd: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(fd, termios.TIOCSCTTY, 0)


def read_until(fd: int, words: bytes) -> bytes:
    text = b""
    while words not in text:
        text += os.read(fd, 4096)
    return text


def test_at_a_terminal_it_speaks_in_sentences_and_names_the_documentation(variants: Path) -> None:
    with terminal(variants) as (process, ours):
        text = read_until(ours, b"/docs\r\n").decode()
        assert "workers   1, 1 thread each" in text
        assert "documentation at http://127.0.0.1:" in text
        os.write(ours, b"\x03")  # Ctrl-C
        read_until(ours, b"stopping")
        assert process.wait(SECONDS) == 0
        os.close(ours)


@pytest.mark.slow
def test_it_ends_with_its_terminal(variants: Path) -> None:
    with terminal(variants) as (process, ours):
        read_until(ours, b"/docs\r\n")
        family = [process.pid, *children(process.pid)]
        os.close(ours)
        assert process.wait(SECONDS) == 0
        assert eventually(lambda: not alive(family))
