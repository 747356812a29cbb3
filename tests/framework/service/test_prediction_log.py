from __future__ import annotations

import asyncio
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from hookline.config import Settings
from hookline.errors import NotLoggedError
from hookline.predlog.encode.answered import Answered
from hookline.predlog.encode.records import Encoder
from hookline.predlog.journal.read import read_all, writers
from hookline.service.grouping import Apart, Blocks
from hookline.service.predict import LARGE_BODY
from hookline.service.prediction_log import PredictionLog
from hookline.types import Columns, Prediction
from tests.framework.service.memory import Fake, Memory, doubled, in_memory, model_of
from tests.framework.service.wire import Answer

PATH = "/api/predictions"
KINDS = ("compiled", "native")
HIDING = """\
task: regression
target_label: y
input_features:
  - name: x
  - name: name
    type: string
    log: hash
    default: ""
  - name: salary
    log: drop
    default: 0
"""


def settings_of(**log: Any) -> Settings:
    """Make settings of the log; without a sink nobody ships what the test wants to read."""
    return Settings.model_validate(
        {
            "service": {"docs": False, "ID_NAME": "who"},
            "prediction_log": {"embedded": False, "min_free_bytes": 0, "hash_key": "k" * 16, **log},
        }
    )


def records(root: Path, kind: str = "prediction") -> list[dict[str, Any]]:
    """Return what the journal holds of a kind."""
    lines = [json.loads(line) for writer in writers(root / "var" / "journal") for line in read_all(writer)]
    return [line for line in lines if line["kind"] == kind]


async def ask(memory: Memory, *numbers: float) -> Answer:
    return await memory.ask("POST", PATH, [{"x": number} for number in numbers])


async def metrics(memory: Memory) -> dict[str, float]:
    """Read the metrics of the log."""
    text = (await memory.ask("GET", "/metrics")).body.decode()
    pairs = [line.split(" ") for line in text.splitlines() if line.startswith("hookline_predlog")]
    return {
        name.removeprefix("hookline_predlog_"): float(value) for name, value in (pair[:2] for pair in pairs)
    }


def in_the_way(root: Path) -> Path:
    """Put a file where the journal's folder belongs, so that nothing can be written."""
    path = root / "var" / "journal"
    path.parent.mkdir(exist_ok=True)
    path.write_text("in the way", encoding="utf-8")
    return path


async def eventually(condition: Any) -> Any:
    """Wait until it holds, and return what it said."""
    for _ in range(2000):
        if found := await condition():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("it never came about")


@pytest.mark.parametrize("durability", ["os", "fsync"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_in_the_journal_when_its_caller_has_it(
    tmp_path: Path, kind: Any, durability: str
) -> None:
    async def run() -> None:
        model = model_of(Fake(kind=kind))
        async with in_memory(model, settings=settings_of(durability=durability), root=tmp_path) as memory:

            async def one(number: int) -> None:
                answer = await ask(memory, number, number + 0.5)
                assert "x-prediction-logged" not in answer.headers
                found = {record["prediction_id"]: record for record in records(tmp_path)}
                for place, row in enumerate(answer.json()):
                    record = found[row["prediction_id"]]
                    assert record["features"]["x"] == number + place / 2
                    assert (record["row"], record["value"]) == (place, row["value"])
                    assert record["request_id"] == answer.headers["x-request-id"]

            await asyncio.gather(*(one(number) for number in range(20)))
            assert (await metrics(memory))["appended_total"] == 41
        assert len(records(tmp_path)) == 40

    asyncio.run(run())


@pytest.mark.parametrize(("grouping", "calls"), [(Blocks(4), 10), (Apart(), 20)])
def test_what_several_calls_of_one_tick_answered_is_told_of_by_rows_of_their_own(
    tmp_path: Path, grouping: Any, calls: int
) -> None:
    async def run() -> None:
        fake = Fake()
        async with in_memory(
            model_of(fake, grouping=grouping), settings=settings_of(), root=tmp_path
        ) as memory:
            answers = await asyncio.gather(*(ask(memory, number, number + 0.5) for number in range(20)))
        assert len(fake.calls) == calls
        found = {record["prediction_id"]: record for record in records(tmp_path)}
        assert len(found) == 40
        for number, answer in enumerate(answers):
            for place, row in enumerate(answer.json()):
                record = found[row["prediction_id"]]
                assert record["features"]["x"] == number + place / 2
                assert (record["row"], record["value"]) == (place, 2 * record["features"]["x"])
                assert record["request_id"] == answer.headers["x-request-id"]

    asyncio.run(run())


def test_without_appending_nothing_would_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The null control of the test above: the same service with an append that does nothing.
    monkeypatch.setattr(PredictionLog, "__call__", lambda *_: None)

    async def run() -> None:
        async with in_memory(model_of(Fake()), settings=settings_of(), root=tmp_path) as memory:
            assert (await ask(memory, 1)).status == 200
        assert records(tmp_path) == []

    asyncio.run(run())


def test_the_first_record_says_which_model_went_live(tmp_path: Path) -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake()), settings=settings_of(), root=tmp_path) as memory:
            (record,) = records(tmp_path, "model")
            assert (record["model_id"], record["model_version"]) == ("an-id", "a-version")
            await ask(memory, 1)
        assert records(tmp_path)[0]["model_version"] == "a-version"

    asyncio.run(run())


def test_the_id_the_model_never_sees_is_logged(tmp_path: Path) -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake()), settings=settings_of(), root=tmp_path) as memory:
            assert (await memory.ask("POST", PATH, [{"x": 1, "who": 7}, {"x": 2}])).status == 200
        assert [record["id"] for record in records(tmp_path)] == ["7", None]

    asyncio.run(run())


def test_what_is_switched_off_leaves_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake()), settings=settings_of(enabled=False), root=tmp_path) as memory:
            answer = await ask(memory, 1)
            assert answer.status == 200
            assert "x-prediction-logged" not in answer.headers
        assert list(tmp_path.iterdir()) == []

    asyncio.run(run())


def test_a_service_without_a_model_writes_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with in_memory(settings=settings_of(), root=tmp_path) as memory:
            assert (await ask(memory, 1)).problem == "not-ready"
        assert not (tmp_path / "var" / "journal").exists()

    asyncio.run(run())


def test_a_large_answer_is_encoded_off_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    write = Encoder.__call__

    def noting(encoder: Encoder, *calls: Answered) -> bytes:
        threads.append(threading.current_thread())
        return write(encoder, *calls)

    monkeypatch.setattr(Encoder, "__call__", noting)
    body = b"[" + b",".join(b'{"x": %d}' % number for number in range(5000)) + b"]"
    assert len(body) > LARGE_BODY

    async def run() -> None:
        async with in_memory(model_of(Fake()), settings=settings_of(), root=tmp_path) as memory:
            await ask(memory, 1)
            answer = await memory.ask("POST", PATH, body)
            ids = [row["prediction_id"] for row in answer.json()]
            assert [record["prediction_id"] for record in records(tmp_path)[1:]] == ids

    asyncio.run(run())
    assert [thread is threading.main_thread() for thread in threads] == [True, False]


def test_what_the_model_fails_at_is_not_logged(tmp_path: Path) -> None:
    def refusing(columns: Columns) -> Prediction:
        if 13 in columns["x"]:
            raise ZeroDivisionError("13")
        return doubled(columns)

    async def run() -> None:
        async with in_memory(model_of(Fake(refusing)), settings=settings_of(), root=tmp_path) as memory:
            answers = await asyncio.gather(ask(memory, 1), ask(memory, 13), ask(memory, 2))
            assert [answer.status for answer in answers] == [200, 500, 200]
        assert [record["features"]["x"] for record in records(tmp_path)] == [1, 2]

    asyncio.run(run())


# ---- a log that takes nothing ----


@pytest.mark.parametrize("durability", ["os", "fsync"])
@pytest.mark.parametrize("kind", KINDS)
def test_available_answers_flags_and_counts_what_it_cannot_log(
    tmp_path: Path, kind: Any, durability: str
) -> None:
    obstacle = in_the_way(tmp_path)

    async def run() -> None:
        settings = settings_of(durability=durability)
        async with in_memory(model_of(Fake(kind=kind)), settings=settings, root=tmp_path) as memory:
            answers = await asyncio.gather(*(ask(memory, n, n) for n in range(10)))
            assert [answer.status for answer in answers] == [200] * 10
            assert [answer.headers["x-prediction-logged"] for answer in answers] == ["false"] * 10
            assert (await memory.ask("GET", "/health/ready")).status == 200
            assert (await metrics(memory))["dropped_total"] == 20
            obstacle.unlink()

            async def logged() -> bool:
                answer = await ask(memory, 1)
                flagged.append(answer.headers.get("x-prediction-logged") == "false")
                return not flagged[-1]

            flagged: list[bool] = []
            await eventually(logged)
            assert (await metrics(memory))["dropped_total"] == 20 + sum(flagged)
            assert (await metrics(memory))["appended_total"] == 2
            assert (await metrics(memory))["journal_bytes"] > 0
        assert len(records(tmp_path, "model")) == 1
        assert len(records(tmp_path)) == 1

    asyncio.run(run())


@pytest.mark.parametrize("durability", ["os", "fsync"])
@pytest.mark.parametrize("kind", KINDS)
def test_strict_refuses_what_it_cannot_log_and_says_that_it_is_not_ready(
    tmp_path: Path, kind: Any, durability: str
) -> None:
    obstacle = in_the_way(tmp_path)

    async def run() -> None:
        settings = settings_of(durability=durability, on_full="strict")
        async with in_memory(model_of(Fake(kind=kind)), settings=settings, root=tmp_path) as memory:
            answer = await ask(memory, 1)
            assert (answer.status, answer.problem) == (503, "not-logged")
            assert int(answer.headers["retry-after"]) > 0
            answer = await memory.ask("GET", "/health/ready")
            assert (answer.status, answer.problem) == (503, "not-ready")
            assert "prediction log takes no records" in answer.json()["detail"]
            for path in ("/health/live", "/health/startup", "/ping", "/info"):
                assert (await memory.ask("GET", path)).status == 200
            assert (await metrics(memory))["dropped_total"] == 0
            obstacle.unlink()

            # Nobody asks it for predictions while it is not ready; it finds out by itself.
            async def ready() -> bool:
                return (await memory.ask("GET", "/health/ready")).status == 200

            await eventually(ready)
            assert (await ask(memory, 2)).status == 200
        assert [record["features"]["x"] for record in records(tmp_path)] == [2]

    asyncio.run(run())


def test_a_stop_while_the_log_takes_nothing_is_a_stop(tmp_path: Path) -> None:
    in_the_way(tmp_path)

    async def run() -> None:
        settings = settings_of(on_full="strict")
        async with in_memory(model_of(Fake()), settings=settings, root=tmp_path) as memory:
            assert (await ask(memory, 1)).status == 503

    asyncio.run(run())


def test_trouble_is_logged_once_and_so_is_its_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    obstacle = in_the_way(tmp_path)

    async def run() -> None:
        async with in_memory(model_of(Fake()), settings=settings_of(), root=tmp_path) as memory:
            for _ in range(5):
                await ask(memory, 1)
            obstacle.unlink()

            async def logged() -> bool:
                return "x-prediction-logged" not in (await ask(memory, 1)).headers

            await eventually(logged)
            await ask(memory, 1)

    asyncio.run(run())
    said = [record.getMessage() for record in caplog.records if record.name == "hookline.service"]
    assert said == [
        "predictions are not logged; they are answered with X-Prediction-Logged: false",
        "predictions are logged again",
    ]


def test_of_one_tick_all_answers_are_flagged_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def filling_up(file: int, data: bytes) -> int:
        if left[0] <= 0:
            raise OSError(28, "No space left on device")
        count = write(file, data[: left[0]])
        left[0] -= count
        return count

    left = [1 << 40]

    async def run() -> None:
        async with in_memory(model_of(Fake()), settings=settings_of(), root=tmp_path) as memory:
            monkeypatch.setattr(os, "write", filling_up)
            left[0] = 1000
            answers = await asyncio.gather(*(ask(memory, n) for n in range(20)))
            assert [answer.status for answer in answers] == [200] * 20
            flags = {answer.headers.get("x-prediction-logged") for answer in answers}
            assert flags == {"false"}
            assert (await metrics(memory))["dropped_total"] == 20
            left[0] = 1 << 40
            assert "x-prediction-logged" not in (await ask(memory, 99)).headers
        assert [record["features"]["x"] for record in records(tmp_path)] == [99]

    asyncio.run(run())


@pytest.mark.parametrize("durability", ["os", "fsync"])
def test_records_of_another_kind_are_written_or_refused(tmp_path: Path, durability: str) -> None:
    async def run() -> None:
        settings = settings_of(durability=durability)
        async with in_memory(model_of(Fake()), settings=settings, root=tmp_path) as memory:
            log = memory.app._log
            assert log is not None
            await log.write(b'{"kind":"truth","truth_id":"1"}\n', 1)
            assert [record["truth_id"] for record in records(tmp_path, "truth")] == ["1"]
            (tmp_path / "var" / "journal").rename(tmp_path / "moved")
            in_the_way(tmp_path)

            async def refused() -> bool:
                try:
                    await log.write(b'{"kind":"truth","truth_id":"2"}\n', 1)
                except NotLoggedError:
                    return True
                return False

            await eventually(refused)
            assert (await metrics(memory))["dropped_total"] == log._journal._dropped == 0

    asyncio.run(run())


# ---- what the contract hides ----


def test_hidden_values_are_in_no_file_line_or_metric(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from hookline.service.logs import configure_logs

    row = {"x": 1.5, "name": "canary-name", "salary": 987654.25, "who": "visible"}
    wrong = ([{**row, "salary": "987654.75"}], [{**row, "name": 987654}])

    async def run() -> bytes:
        configure_logs("json")
        seen = b""
        model = model_of(Fake(), contract=HIDING)
        async with in_memory(model, settings=settings_of(), root=tmp_path) as memory:
            assert (await memory.ask("POST", PATH, [row, {"x": 2.5}])).status == 200
            for body in wrong:
                answer = await memory.ask("POST", PATH, body)
                assert answer.status == 422
                seen += answer.body
            seen += (await memory.ask("GET", "/metrics")).body
        return seen

    seen = asyncio.run(run())
    out, err = capfd.readouterr()
    files = b"".join(path.read_bytes() for path in (tmp_path / "var").rglob("*") if path.is_file())
    assert b"visible" in files
    assert b"1.5" in files
    for canary in (b"canary-name", b"987654"):
        assert canary not in files + seen + out.encode() + err.encode()
    first, second = records(tmp_path)
    assert list(first["features"]) == ["x", "name"]
    assert len(first["features"]["name"]) == 64
    assert first["features"]["name"] != second["features"]["name"]


# ---- power loss ----


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the names of files that are synced."""
    names: list[str] = []
    sync = os.fsync

    def noting(file: int) -> None:
        names.append(Path(f"/proc/self/fd/{file}").readlink().name)
        sync(file)

    monkeypatch.setattr(os, "fsync", noting)
    return names


def test_what_answers_did_not_wait_for_is_on_the_disk_soon_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synced: list[str]
) -> None:
    monkeypatch.setattr("hookline.service.prediction_log._SYNC", 0.05)

    async def on_disk() -> bool:
        return "0000000001.jsonl" in synced

    async def run() -> None:
        async with in_memory(model_of(Fake()), settings=settings_of(), root=tmp_path) as memory:
            for _ in range(3):
                synced.clear()
                await ask(memory, 1)
                await eventually(on_disk)

    asyncio.run(run())


def test_a_stop_leaves_nothing_that_is_not_on_the_disk(tmp_path: Path, synced: list[str]) -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake()), settings=settings_of(), root=tmp_path) as memory:
            await ask(memory, 1)
            assert synced == []
        assert synced[0] == "0000000001.jsonl"

    asyncio.run(run())


def test_a_disk_that_cannot_keep_what_it_took_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)

    async def run() -> None:
        async with in_memory(model_of(Fake()), settings=settings_of(), root=tmp_path) as memory:
            assert (await ask(memory, 1)).status == 200

    asyncio.run(run())
    assert "the journal is not on the disk" in caplog.text
