from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as metrics_of

from hookline.service.exposition import exposition
from hookline.service.ledger import FOLDER, Cells, Ledger
from hookline.service.metrics import METRICS, Metric, Metrics
from hookline.service.problems import PROBLEMS
from tests.framework.service.conftest import Trained
from tests.framework.service.projects import MIXED_ROW
from tests.framework.service.running import SECONDS, Running, serve

IRIS_ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
PATH = "/api/predictions"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be the folder that a supervisor names for its workers."""
    monkeypatch.setenv(FOLDER, str(tmp_path))
    return tmp_path


@pytest.fixture
def metrics(folder: Path) -> Iterator[Metrics]:
    counting = Metrics()
    yield counting
    counting.close()


def families(text: bytes) -> dict[str, Family]:
    return {family.name: family for family in metrics_of(text.decode())}


def value(text: bytes, name: str, **labels: str) -> float | None:
    """Return one number of the exposition."""
    samples = [sample for family in metrics_of(text.decode()) for sample in family.samples]
    found = [sample.value for sample in samples if sample.name == name and sample.labels == labels]
    assert len(found) < 2, found
    return found[0] if found else None


def shown(metrics: Metrics) -> bytes:
    return exposition(metrics)[0]


# ---- the table ----


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_of_the_table_is_shown_with_its_kind_and_help(metric: Metric, metrics: Metrics) -> None:
    family = families(shown(metrics))[metric.name.removesuffix("_total")]
    assert (family.type, family.documentation) == (metric.kind, metric.help)


def test_every_reason_to_refuse_is_there_from_the_start(metrics: Metrics) -> None:
    # Otherwise the first refusal would be no increase, and an alert would sleep through it.
    rejected = families(shown(metrics))["hookline_rejected"]
    assert {sample.labels["reason"]: sample.value for sample in rejected.samples} == dict.fromkeys(
        PROBLEMS, 0
    )


# ---- one worker ----


def test_requests_rows_and_seconds_are_counted(metrics: Metrics) -> None:
    for seconds in (0.0005, 0.0006, 7.0):
        metrics.entered(2)
        metrics.left(PATH, seconds, rows=3, in_flight=1)
        metrics.answered(PATH, 200)
    text = shown(metrics)
    assert value(text, "hookline_requests_total", path=PATH, status="200") == 3
    assert value(text, "hookline_rows_total", path=PATH) == 9
    assert value(text, "hookline_in_flight") == 1
    bucket = "hookline_request_seconds_bucket"
    assert [value(text, bucket, path=PATH, le=le) for le in ("0.0005", "0.001", "5.0", "+Inf")] == [
        1,
        2,
        2,
        3,
    ]
    assert value(text, "hookline_request_seconds_count", path=PATH) == 3
    assert value(text, "hookline_request_seconds_sum", path=PATH) == pytest.approx(7.0011)


def test_batches_and_refusals_are_counted(metrics: Metrics) -> None:
    metrics.batch(3)
    metrics.batch(20_000)
    metrics.rejected("rate-limit")
    text = shown(metrics)
    assert [value(text, "hookline_batch_rows_bucket", le=le) for le in ("2", "4", "16384", "+Inf")] == [
        0,
        1,
        1,
        2,
    ]
    assert value(text, "hookline_batch_rows_sum") == 20_003
    assert value(text, "hookline_rejected_total", reason="rate-limit") == 1


def test_an_answer_that_nobody_got_is_not_counted(metrics: Metrics) -> None:
    metrics.answered(PATH, 0)
    assert families(shown(metrics))["hookline_requests"].samples == []


def test_counting_after_the_end_does_no_harm(metrics: Metrics) -> None:
    gone = Metrics()
    gone.answered(PATH, 200)
    gone.close()
    gone.answered(PATH, 200)
    gone.entered(1)
    assert value(shown(metrics), "hookline_requests_total", path=PATH, status="200") == 1


def test_openmetrics_is_spoken_with_who_asks_for_it(metrics: Metrics) -> None:
    metrics.answered(PATH, 200)
    text, kind = exposition(metrics, "application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text; version=1.0.0")
    parsed = open_metrics(text.decode())  # type: ignore[no-untyped-call]  # prometheus_client has no types there
    assert "hookline_requests" in {family.name for family in parsed}
    assert exposition(metrics)[1].startswith("text/plain; version=")


# ---- several workers ----


def test_what_workers_count_is_added_up(metrics: Metrics) -> None:
    other = Metrics()
    for worker in (metrics, other, other):
        worker.entered(1)
        worker.left(PATH, 0.3, rows=2, in_flight=1)
        worker.answered(PATH, 200)
    text = shown(metrics)
    assert text == shown(other)
    assert value(text, "hookline_requests_total", path=PATH, status="200") == 3
    assert value(text, "hookline_request_seconds_count", path=PATH) == 3
    assert value(text, "hookline_rows_total", path=PATH) == 6
    assert value(text, "hookline_in_flight") == 2
    assert value(text, "hookline_workers") == 2
    other.close()


def test_a_worker_that_is_gone_leaves_its_counts_and_takes_its_gauges(metrics: Metrics) -> None:
    other = Metrics()
    other.model("old", "1", "native")
    other.entered(5)
    other.answered(PATH, 200)
    metrics.model("new", "2", "compiled")
    other.close()
    text = shown(metrics)
    assert value(text, "hookline_requests_total", path=PATH, status="200") == 1
    assert (value(text, "hookline_workers"), value(text, "hookline_in_flight")) == (1, 0)
    models = families(text)["hookline_model_info"].samples
    assert [sample.labels["model_id"] for sample in models] == ["new"]


def test_two_workers_of_one_model_are_one_model(metrics: Metrics) -> None:
    other = Metrics()
    for worker in (metrics, other):
        worker.model("one", "1", "compiled")
    labels = {"model_id": "one", "model_version": "1", "predictor": "compiled"}
    assert value(shown(metrics), "hookline_model_info", **labels) == 1
    other.close()


def test_whoever_takes_a_place_goes_on_counting_there(metrics: Metrics, folder: Path) -> None:
    for _ in range(20):
        worker = Metrics()
        worker.answered(PATH, 200)
        worker.batch(2)
        worker.close()
    assert value(shown(metrics), "hookline_requests_total", path=PATH, status="200") == 20
    assert value(shown(metrics), "hookline_batch_rows_sum") == 40
    assert len(list(folder.glob("*.lock"))) == 2


def test_a_place_that_is_just_being_taken_has_no_numbers_yet(metrics: Metrics, folder: Path) -> None:
    (folder / "7.lock").touch()
    assert value(shown(metrics), "hookline_workers") == 1


# ---- places ----


def test_a_process_on_its_own_counts_in_a_folder_of_its_own_and_removes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    one, other = Metrics(), Metrics()
    assert one.ledger.folder is not None
    assert one.ledger.folder.stat().st_mode & 0o777 == 0o700
    one.answered(PATH, 200)
    one.close()
    assert value(shown(other), "hookline_requests_total", path=PATH, status="200") == 1
    other.close()
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_to_write_in_a_worker_counts_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "not-there"))
    metrics = Metrics()
    metrics.answered(PATH, 200)
    metrics.batch(1)
    text = shown(metrics)
    assert value(text, "hookline_requests_total", path=PATH, status="200") == 1
    assert value(text, "hookline_workers") == 1
    metrics.close()


def test_a_folder_that_somebody_else_made_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    ledger = Ledger.take()
    assert ledger.folder is None
    ledger.close()


def test_names_and_numbers_are_read_back(tmp_path: Path) -> None:
    cells = Cells(tmp_path / "a")
    cells.values[cells.start(("one", "ü"))] = 1.5
    cells.values[cells.start(("many",), 3) + 2] = 2.5
    cells.close()
    again = Cells(tmp_path / "a")
    assert again.rows() == {("one", "ü"): [1.5], ("many",): [0, 0, 2.5]}
    assert again.start(("new",)) == 4
    again.close()


# ---- the service ----


def test_two_workers_count_every_request_also_those_of_one_that_is_killed(trained: Trained) -> None:
    with serve(trained("iris"), workers=2) as running:
        assert ask(running, 60) == 2, "one worker answered everything; the test says nothing"
        assert counted(running) == 60
        os.kill(running.workers[0], signal.SIGKILL)
        running.wait_for("died")
        wait_for_workers(running, 2)
        ask(running, 60)
        text = running.ask("GET", "/metrics").body
        assert value(text, "hookline_requests_total", path=PATH, status="200") == 120
        assert value(text, "hookline_rows_total", path=PATH) == 120
        assert value(text, "hookline_request_seconds_count", path=PATH) == 120
        assert value(text, "hookline_in_flight") == 0
        assert len(families(text)["hookline_model_info"].samples) == 1


def ask(running: Running, times: int) -> int:
    """Ask so often, on a connection each; return how many processes answered."""
    answers = [running.ask("POST", PATH, [IRIS_ROW]) for _ in range(times)]
    assert {answer.status for answer in answers} == {200}
    return len({answer.headers["x-request-id"].partition("-")[0] for answer in answers})


def wait_for_workers(running: Running, count: int) -> None:
    deadline = time.monotonic() + SECONDS
    while value(running.ask("GET", "/metrics").body, "hookline_workers") != count:
        assert time.monotonic() < deadline, running.log


def counted(running: Running) -> float:
    return value(running.ask("GET", "/metrics").body, "hookline_requests_total", path=PATH, status="200") or 0


def rejected(running: Running, reason: str) -> float:
    found = value(running.ask("GET", "/metrics").body, "hookline_rejected_total", reason=reason)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("reason", "request_bytes"),
    [
        ("malformed", b"no http\r\n\r\n"),
        ("headers-too-large", b"GET /ping HTTP/1.1\r\nhost: a\r\nx: " + b"a" * 5000 + b"\r\n\r\n"),
        ("not-found", b"GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n"),
        ("method-not-allowed", b"GET /api/predictions HTTP/1.1\r\nhost: a\r\n\r\n"),
        ("media-type", b"POST /api/predictions HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n[]"),
    ],
    ids=lambda word: word if isinstance(word, str) else "",
)
def test_a_refusal_is_counted_once_under_its_reason(
    mixed: Running, reason: str, request_bytes: bytes
) -> None:
    before = rejected(mixed, reason)
    with mixed.wire() as wire:
        wire.send(request_bytes)
        wire.answer()
    assert rejected(mixed, reason) == before + 1


def test_paths_that_callers_make_up_share_one_label(mixed: Running) -> None:
    for number in range(3):
        mixed.ask("GET", f"/made-up/{number}")
    assert mixed.ask("POST", PATH, [MIXED_ROW]).status == 200
    paths = {
        sample.labels["path"]
        for sample in families(mixed.ask("GET", "/metrics").body)["hookline_requests"].samples
    }
    assert "other" in paths
    assert not any(path.startswith("/made-up") for path in paths)
