"""The small parts of which supervisor, stem and workers are made."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from hookline.errors import HooklineError
from hookline.service import ledger
from hookline.service.runner import supervisor
from hookline.service.runner.caught import Caught
from hookline.service.runner.line import Line
from hookline.service.runner.memory import keeping_memory
from hookline.service.runner.port import address_of, is_public, listen
from hookline.service.runner.shipping import Shipping
from hookline.service.runner.tally import Tally
from hookline.service.runner.threads import count_threads, limit_threads
from hookline.service.runner.watch import Watch, stamp_of
from hookline.service.runner.words import cause
from hookline.voice import Voice

# ---- signals ----


def test_caught_signals_are_read_and_do_nothing() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with Caught([signal.SIGUSR1]) as caught:
        assert caught.read() == []
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR1)
        assert set(caught.read()) == {signal.SIGUSR1}
    assert signal.getsignal(signal.SIGUSR1) is before


# ---- the line ----


def test_a_line_carries_words_in_pieces_and_together() -> None:
    ours, theirs = Line.pair()
    theirs.tell(event="one")
    theirs.tell(event="two", more=[1, "ü"])
    assert ours.hear() == [{"event": "one"}, {"event": "two", "more": [1, "ü"]}]
    theirs._end.sendall(b'{"event":')
    assert ours.hear() == []
    theirs._end.sendall(b'"three"}\n')
    assert ours.hear() == [{"event": "three"}]
    theirs.close()
    assert ours.hear() is None
    ours.tell(event="nobody listens")
    ours.give([0])
    ours.close()


def test_a_line_carries_open_files() -> None:
    ours, theirs = Line.pair()
    reading, writing = os.pipe()
    ours.give([reading, writing])
    taken = theirs.take(2)
    os.write(taken[1], b"through")
    assert os.read(reading, 7) == b"through"
    for fd in (reading, writing, *taken):
        os.close(fd)
    ours.close()
    assert theirs.take(2) == []
    theirs.close()


def test_a_line_that_breaks_is_at_its_end() -> None:
    ours, theirs = Line.pair()
    ours.tell(event="unread")
    theirs.close()
    assert ours.hear() is None
    ours.close()


# ---- the port ----


@pytest.mark.parametrize(
    ("host", "address", "public"),
    [
        ("127.0.0.1", "http://127.0.0.1", False),
        ("0.0.0.0", "http://127.0.0.1", True),  # noqa: S104 - what is tested
        ("localhost", "http://127.0.0.1", False),
        ("::1", "http://[::1]", False),
        ("[::1]", "http://[::1]", False),
        ("::", "http://[::1]", True),
    ],
)
def test_a_free_port_is_taken_and_named(host: str, address: str, public: bool) -> None:
    try:
        listener = listen(host, 0)
    except HooklineError as error:
        pytest.skip(f"no such address here: {error}")
    with listener:
        assert address_of(listener) == f"{address}:{listener.getsockname()[1]}"
        assert is_public(host) is public


def test_a_port_in_use_is_refused_with_the_remedy() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(HooklineError, match=rf"127.0.0.1:{port} \(Address already in use\); .* --port"):
            listen("127.0.0.1", port)


def test_a_host_without_an_address_is_refused() -> None:
    with pytest.raises(HooklineError, match=r"cannot listen on no-such-host\.invalid:0"):
        listen("no-such-host.invalid", 0)


# ---- voice ----


@pytest.mark.parametrize(
    ("form", "events", "out", "log"),
    [
        ("console", False, "", "warning: it rains\n"),
        ("console", True, '{"event": "rain", "sentence": "it rains", "drops": 3}\n', ""),
        ("json", True, '{"event": "rain", "sentence": "it rains", "drops": 3}\n', ""),
    ],
)
def test_what_happens_is_said_to_people_or_to_programs(form: str, events: bool, out: str, log: str) -> None:
    streams = io.StringIO(), io.StringIO()
    voice = Voice(events=events, out=streams[0], log=streams[1])
    voice.form = form  # type: ignore[assignment]  # both are tried
    voice.say("rain", "it rains", level="warning", drops=3)
    assert (streams[0].getvalue(), streams[1].getvalue()) == (out, log)


def test_in_a_json_log_it_is_a_line_like_the_others() -> None:
    log = io.StringIO()
    voice = Voice(log=log)
    voice.form = "json"
    voice.say("rain", "it rains", drops=3)
    line = json.loads(log.getvalue())
    assert (line["event"], line["level"], line["drops"]) == ("it rains", "info", 3)
    assert line["timestamp"].endswith("Z")


def test_a_failure_is_always_a_sentence() -> None:
    streams = io.StringIO(), io.StringIO()
    Voice(events=True, out=streams[0], log=streams[1]).fail("it rains")
    assert json.loads(streams[0].getvalue()) == {"event": "failed", "sentence": "it rains"}
    assert streams[1].getvalue() == "error: it rains\n"


def test_nobody_needs_to_listen() -> None:
    reading, writing = os.pipe()
    log = os.fdopen(writing, "w")
    voice = Voice(log=log)
    os.close(reading)
    voice.say("rain", "it rains")
    with contextlib.suppress(BrokenPipeError):
        log.close()
    voice.say("rain", "it still rains")


# ---- what is watched ----


def test_a_stamp_changes_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "current.json"
    assert stamp_of(str(file)) is None
    file.write_text("1")
    first = stamp_of(str(file))
    other = tmp_path / "other"
    other.write_text("1")
    other.replace(file)
    assert first is not None
    assert stamp_of(str(file)) not in (first, None)


def test_another_current_model_is_a_change(tmp_path: Path) -> None:
    pointer = tmp_path / "current.json"
    watch = Watch(tmp_path)
    assert not watch.changed()
    watch.point(str(pointer), stamp_of(str(pointer)))
    assert not watch.changed()
    pointer.write_text("1")
    assert watch.changed()
    watch.point(str(pointer), stamp_of(str(pointer)))
    assert not watch.changed()


@pytest.mark.parametrize("sources", [True, False], ids=["while developing", "otherwise"])
def test_another_source_is_a_change_while_developing(tmp_path: Path, sources: bool) -> None:
    (tmp_path / "source").mkdir()
    watch = Watch(tmp_path, sources=sources)
    watch.start()
    (tmp_path / "source" / "notes.txt").write_text("")
    assert not watch.changed()
    (tmp_path / "source" / "train.py").write_text("half")
    assert not watch.changed()
    (tmp_path / "source" / "train.py").write_text("half and half")
    assert not watch.changed()
    assert watch.changed() is sources


# ---- shares ----


def test_who_has_more_connections_than_another_is_ahead() -> None:
    tally = Tally(3)
    first, second = tally.share(0), tally.share(1)
    assert not first.is_ahead  # nobody works at the third place
    first.count(2)
    second.count(1)
    assert (first.is_ahead, second.is_ahead) == (True, False)
    second.add()
    assert not first.is_ahead
    tally.leave(1)
    assert not first.is_ahead


# ---- memory ----


def test_the_allocator_is_set_unless_somebody_has_set_it() -> None:
    given = {"MALLOC_TRIM_THRESHOLD_": "131072", "PATH": "/bin"}
    assert keeping_memory(given) == {"MALLOC_MMAP_THRESHOLD_": "4194304", **given}


# ---- threads ----


def test_threads_are_limited_where_libraries_look() -> None:
    environ: dict[str, str] = {}
    limit_threads(3, environ)
    assert environ["OMP_NUM_THREADS"] == environ["OPENBLAS_NUM_THREADS"] == "3"


def test_threads_are_counted(tmp_path: Path) -> None:
    before = count_threads()
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    assert count_threads() == before + 1
    assert count_threads(tmp_path / "absent") >= 2
    release.set()
    thread.join()


def test_a_thread_that_forks_well_is_not_counted(tmp_path: Path) -> None:
    for number, name in enumerate(("python", "jemalloc_bg_thd", "python")):
        task = tmp_path / "self" / "task" / str(number)
        task.mkdir(parents=True)
        (task / "comm").write_text(f"{name}\n")
    assert count_threads(tmp_path) == 2


def test_loading_a_compiled_model_leaves_one_thread_and_reports_to_nobody(tmp_path: Path) -> None:
    script = (
        "from hookline.service.runner.threads import *; limit_threads(1)\n"
        "import os, hookline.models.graph\n"
        "assert count_threads() == 1, count_threads()\n"
        "assert os.environ['ORT_DISABLE_TELEMETRY'] == '1'\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env={**os.environ, "HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


# ---- words ----


@pytest.mark.parametrize(
    ("code", "words"),
    [(1, "exit code 1"), (-15, "SIGTERM"), (-9, "SIGKILL (the kernel sends it when memory is short)")],
)
def test_how_a_process_ended_is_said_in_words(code: int, words: str) -> None:
    assert cause(code) == words


def test_supervisor_and_workers_mean_the_same_folder() -> None:
    assert supervisor._METRICS == ledger.FOLDER


def test_the_supervisor_imports_little() -> None:
    script = (
        "import sys; before = set(sys.modules); import hookline.service.runner.serve\n"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert not {"numpy", "pydantic", "uvicorn", "asyncio", "rich", "typer", "yaml"} & set(done.stdout.split())


# ---- no room for another process ----


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "posix_spawn", refused)


@pytest.mark.usefixtures("no_room")
def test_a_service_that_cannot_be_started_says_why(tmp_path: Path) -> None:
    log = io.StringIO()
    assert supervisor.Supervisor(tmp_path, voice=Voice(log=log)).run() == 1
    assert log.getvalue() == (
        f"error: the system has no room for another process ({os.strerror(errno.EAGAIN)}); "
        "raise the limit of processes or of open files\n"
    )


@pytest.mark.usefixtures("no_room")
def test_who_serves_goes_on_when_there_is_no_room_for_the_next(tmp_path: Path) -> None:
    log = io.StringIO()
    serving = supervisor.Supervisor(tmp_path, voice=Voice(log=log))
    serving._served = True
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    serving._start()
    assert "trying again" in log.getvalue()
    assert serving._again is not None
    assert len(list(Path("/proc/self/fd").iterdir())) == open_files


def test_a_shipper_that_cannot_be_started_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[float] = []

    def no_room(*_: object, **__: object) -> int:
        tries.append(now[0])
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    now = [1000.0]
    monkeypatch.setattr(os, "posix_spawn", no_room)
    monkeypatch.setattr("hookline.service.runner.shipping.time", SimpleNamespace(monotonic=lambda: now[0]))
    shipping = Shipping(tmp_path, {})
    shipping.want("settings", 1.0)
    for _ in range(200):
        shipping.keep()
        now[0] += 0.1
    assert 5 < len(tries) < 12, "soon, and then no more often than every few seconds"
    shipping.stop()
    assert shipping.over
    shipping.close()
