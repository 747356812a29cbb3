from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import pty
import select
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from hookline.errors import ConfigError
from hookline.service import logs
from hookline.service.access_log import AccessLog
from hookline.service.aside import Aside
from hookline.service.exchange import Exchange
from hookline.service.logs import LineFormatter, configure_logs, leave_values_out
from tests.framework.service.conftest import Trained
from tests.framework.service.projects import MIXED_ROW
from tests.framework.service.running import SECONDS, Running, serve
from tests.framework.service.wire import Wire

PATH = "/api/predictions"
EMAIL = str(MIXED_ROW["email"])


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """Log as a service does, into a text; leave the process as it was."""
    names = (None, "hookline.service", "uvicorn", "uvicorn.error", "uvicorn.access")
    loggers = [logging.getLogger(name) for name in names]
    before = [(list(one.handlers), one.level, one.propagate, list(one.filters)) for one in loggers]
    stream = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure_logs("json", stream)
        yield stream
        logging.captureWarnings(False)
    for one, (handlers, level, propagate, filters) in zip(loggers, before, strict=True):
        one.handlers[:], one.propagate, one.filters[:] = handlers, propagate, filters
        one.setLevel(level)


def _wait(event: threading.Event) -> None:
    event.wait(SECONDS)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(words: str) -> None:
    known: dict[str, int] = {}
    try:
        known[words]
    except KeyError as error:
        raise ValueError(f"cannot use {words}") from error


def failure(words: str) -> ValueError:
    with pytest.raises(ValueError, match="cannot use") as raised:
        fail(words)
    return raised.value


# ---- lines ----


def test_a_line_has_event_level_time_and_what_else_is_known(said: io.StringIO) -> None:
    logs.info("started", workers=2)
    logs.warning("odd", request_id="a-1")
    logs.error("broken", reason="x\ny")
    first, second, third = lines(said)
    assert (first["event"], first["level"], first["workers"]) == ("started", "info", 2)
    assert first["timestamp"].endswith("Z")
    assert (second["level"], second["request_id"]) == ("warning", "a-1")
    assert (third["level"], third["reason"]) == ("error", "x\ny")


def test_what_json_does_not_know_is_shown_all_the_same(said: io.StringIO) -> None:
    logs.info("started", at={1})
    assert lines(said)[0]["at"] == "{1}"


def test_percent_signs_in_an_event_are_what_they_are(said: io.StringIO) -> None:
    logs.info("100 %s")
    assert lines(said)[0]["event"] == "100 %s"


def test_loggers_of_others_and_warnings_speak_alike(said: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").error("cannot %s", "bind")
    logging.getLogger("some.library").info("too quiet to be heard")
    warnings.warn("old ways", DeprecationWarning, stacklevel=1)
    first, second = lines(said)
    assert (first["event"], first["level"]) == ("cannot bind", "error")
    assert "DeprecationWarning: old ways" in second["event"]
    assert (second["level"], "test_logs.py" in second["event"]) == ("warning", True)


def test_handlers_that_uvicorn_brought_are_silent(said: io.StringIO) -> None:
    own = io.StringIO()
    logging.getLogger("uvicorn").addHandler(logging.StreamHandler(own))
    configure_logs("json", said)
    logging.getLogger("uvicorn.error").error("once")
    assert own.getvalue() == ""
    assert [line["event"] for line in lines(said)] == ["once"]


def test_bytes_that_are_no_http_make_no_line(said: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert lines(said) == []


# ---- errors ----


def test_what_we_caused_has_a_traceback_with_its_causes(said: io.StringIO) -> None:
    logs.exception("failed", failure("Ada"))
    told = lines(said)[0]["exception"]
    assert told.index("KeyError: 'Ada'") < told.index("ValueError: cannot use Ada")
    assert "test_logs.py" in told


def test_what_a_person_can_act_on_is_a_sentence(said: io.StringIO) -> None:
    logs.exception("failed", ConfigError("set it to 3"))
    assert lines(said)[0]["exception"] == "set it to 3"


def test_an_error_that_is_its_own_cause_is_told_once(said: io.StringIO) -> None:
    error = ValueError("round")
    other = KeyError("and round")
    error.__context__, other.__context__ = other, error
    logs.exception("failed", error)
    assert lines(said)[0]["exception"].count("ValueError: round") == 1


def test_values_are_left_out_where_the_contract_protects_them(said: io.StringIO) -> None:
    leave_values_out()
    logs.exception("failed", failure(EMAIL))
    logs.exception("failed", ConfigError(EMAIL))
    warnings.warn(f"unknown category {EMAIL}", UserWarning, stacklevel=1)
    first, second, third = lines(said)
    assert EMAIL not in said.getvalue()
    assert "ValueError (message left out" in first["exception"]
    assert "KeyError (message left out" in first["exception"]
    assert "ConfigError (message left out" in second["exception"]
    assert "test_logs.py" in first["exception"]
    assert third["event"].endswith(": UserWarning (message left out: the contract protects values)")


def test_where_logs_are_not_configured_there_is_a_formatter_all_the_same() -> None:
    # In a process of its own: a test before this one may have configured this one's.
    script = "from hookline.service import logs; logs.leave_values_out(); print(logs.formatter().values)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


# ---- on a terminal ----


def test_on_a_terminal_people_read_lines_of_words() -> None:
    script = "from hookline.service import logs; logs.configure_logs('auto'); logs.info('started', workers=2)"
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", script], stderr=theirs, check=True)
    os.close(theirs)
    assert select.select([ours], [], [], SECONDS)[0]
    text = os.read(ours, 4096).decode()
    os.close(ours)
    assert "started" in text
    assert "workers" in text
    assert "\x1b[" in text
    assert not text.startswith("{")


def test_callers_words_begin_no_line_and_colour_no_terminal(said: io.StringIO) -> None:
    said.truncate(0)
    configure_logs("console", said)
    logs.info("request", path="/a\n2026 [info] all is well\x1b[31m\u2028", rows=3)
    assert said.getvalue().count("\n") == 1
    assert "\x1b" not in said.getvalue()
    assert r"\x1b[31m" in said.getvalue()
    logs.exception("failed", failure("Ada"))
    assert "\n  File " in said.getvalue()


def test_json_lines_import_neither_structlog_nor_rich() -> None:
    script = (
        "import sys; from hookline.service import logs; logs.configure_logs('json'); logs.info('a')\n"
        "assert not {'structlog', 'rich'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], stderr=subprocess.DEVNULL, check=True)


# ---- work aside ----


def test_items_are_worked_off_in_their_order_and_to_the_last() -> None:
    done: list[int] = []

    async def run() -> None:
        aside: Aside[int] = Aside(lambda items, _: done.extend(items), every=0.001)
        for number in range(100):
            aside.put(number)
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        aside.put(100)
        await aside.close()

    asyncio.run(run())
    assert done == list(range(101))


def test_when_the_work_cannot_keep_up_items_are_dropped_and_counted() -> None:
    held = threading.Event()
    batches: list[tuple[list[int], int]] = []

    def work(items: list[int], dropped: int) -> None:
        batches.append((items, dropped))
        held.wait(SECONDS)

    async def run() -> None:
        aside: Aside[int] = Aside(work, every=0, most=3)
        aside.put(0)
        while not batches:
            await asyncio.sleep(0)
        for number in range(1, 6):
            aside.put(number)
            await asyncio.sleep(0.001)
        assert len(batches) == 1, "the work was done; the test says nothing"
        held.set()
        await aside.close()

    asyncio.run(run())
    assert batches[:2] == [([0], 0), ([1, 2, 3], 2)]


def test_work_that_fails_is_told_and_the_next_is_done(said: io.StringIO) -> None:
    done: list[int] = []

    def work(items: list[int], _: int) -> None:
        if items == [0]:
            raise OSError("no space")
        done.extend(items)

    async def run() -> None:
        aside: Aside[int] = Aside(work, every=0)
        aside.put(0)
        while not said.getvalue():
            await asyncio.sleep(0)
        aside.put(1)
        await aside.close()

    asyncio.run(run())
    assert done == [1]
    assert "OSError: no space" in lines(said)[0]["exception"]


def test_work_that_never_ends_holds_up_the_end_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookline.service.aside._PATIENCE", 0.05)
    held = threading.Event()

    async def run() -> None:
        aside: Aside[int] = Aside(lambda *_: _wait(held), every=0)
        aside.put(0)
        await asyncio.sleep(0.01)
        await aside.close()

    started = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - started < SECONDS / 2
    held.set()


# ---- the access log ----


def test_lines_that_were_dropped_are_counted(said: io.StringIO) -> None:
    async def run() -> None:
        log = AccessLog(said)
        log._write([], 7)
        log._write([], 0)

    asyncio.run(run())
    (line,) = lines(said)
    assert (line["event"], line["level"], line["count"]) == ("lines dropped", "warning", 7)


def test_a_long_path_is_cut(said: io.StringIO) -> None:
    async def nothing(*_: object) -> None: ...

    async def run() -> None:
        log = AccessLog(said)
        scope = {"method": "GET", "path": "/" + "a" * 5000, "headers": []}
        log.note(Exchange(scope, nothing, nothing, []), 0.5)
        while not said.getvalue():
            await asyncio.sleep(0)

    asyncio.run(run())
    (line,) = lines(said)
    assert (len(line["path"]), line["ms"]) == (200, 500)


@pytest.fixture(scope="module")
def talking(trained: Trained) -> Iterator[Running]:
    """Run a service with an access log for a contract that protects two features."""
    with serve(trained("mixed"), access_log=True, max_header_bytes=4096) as running:
        yield running


def line_of(running: Running, request_id: str) -> dict[str, Any]:
    return dict(json.loads(running.wait_for_line(f'"request_id": "{request_id}"')))


def test_every_request_has_a_line_that_says_how_it_went(talking: Running) -> None:
    talking.ask("POST", PATH, [MIXED_ROW] * 3, x_request_id="good")
    talking.ask("POST", PATH, [{**MIXED_ROW, "age": EMAIL}], x_request_id="bad")
    talking.ask("GET", "/nowhere?secret=1", x_request_id="lost")
    talking.ask("GET", "/ping", x_request_id="probe")
    good, bad, lost, probe = (line_of(talking, name) for name in ("good", "bad", "lost", "probe"))
    assert set(good) == {
        "method",
        "path",
        "status",
        "ms",
        "rows",
        "request_id",
        "event",
        "level",
        "timestamp",
    }
    assert (good["method"], good["path"], good["status"], good["rows"]) == ("POST", PATH, 200, 3)
    assert 0 < good["ms"] < 10_000
    assert (bad["status"], bad["rows"]) == (422, 0)
    assert (lost["path"], lost["status"]) == ("/nowhere", 404)
    assert (probe["path"], probe["status"]) == ("/ping", 200)


def test_neither_rows_nor_queries_are_in_the_log(talking: Running) -> None:
    talking.ask("POST", PATH, [MIXED_ROW], x_request_id="rows")
    talking.ask("GET", "/ping?secret=hunter2", x_request_id="query")
    line_of(talking, "rows")
    line_of(talking, "query")
    for word in (EMAIL, str(MIXED_ROW["salary"]), str(MIXED_ROW["code"]), "hunter2"):
        assert word not in talking.log


def test_every_line_of_a_service_whose_log_is_read_by_a_program_is_json(talking: Running) -> None:
    with talking.wire() as wire:
        wire.send(b"\x00\x01 no http\r\n\r\n")
        wire.answer()
    talking.ask("GET", "/ping", x_request_id="last")
    line_of(talking, "last")
    for line in talking.lines:
        assert {"event", "level", "timestamp"} <= set(json.loads(line))


def test_without_an_access_log_there_are_no_lines_about_requests(iris: Running) -> None:
    iris.ask("GET", "/ping", x_request_id="quiet")
    iris.ask("GET", "/nowhere", x_request_id="quiet")
    assert "quiet" not in iris.log


@pytest.mark.slow
def test_a_reader_that_stops_reading_holds_up_no_request(trained: Trained) -> None:
    service = subprocess.Popen(
        [sys.executable, "-m", "hookline.cli", "serve", "--port", "0", "--host", "127.0.0.1", "--json"],
        cwd=trained("iris"),
        env={**os.environ, "HOOKLINE_SERVICE__ACCESS_LOG": "true", "HOOKLINE_SERVICE__DRAIN_DELAY": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,  # nobody reads it
        text=True,
    )
    assert service.stdout is not None
    assert service.stderr is not None
    with service.stdout as events, service.stderr:
        told = (json.loads(line) for line in events)
        address = next(event["address"] for event in told if event["event"] == "serving")
        with Wire(int(address.rpartition(":")[2])) as wire:
            for _ in range(1000):  # each is a line, and far fewer fill a pipe
                assert wire.ask("GET", "/ping").status == 200
        service.terminate()
        assert service.wait(SECONDS) == 0


def test_the_formatter_is_one_for_records_and_for_lines() -> None:
    one = LineFormatter(json.dumps)
    record = logging.makeLogRecord({"msg": "a", "levelname": "INFO", "created": 0.0, "fields": {"b": 1}})
    assert one.format(record) == one.line("a", {"b": 1}, level="info", seconds=0.0)
