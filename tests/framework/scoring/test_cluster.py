"""A real cluster: a scheduler and two workers in processes of their own, over TCP."""

from __future__ import annotations

import contextlib
import copy
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from distributed import Client
from distributed.client import FutureCancelledError

from hookline.contract import Contract
from hookline.errors import ScoringError
from hookline.scoring import parcel
from hookline.scoring.run import Report
from hookline.scoring.score import Wishes, score
from hookline.scoring.sources.csv import CsvSource
from hookline.scoring.sources.parquet import ParquetSource
from tests.framework.scoring.conftest import Trained
from tests.framework.scoring.inputs import mixed_rows, write_csv
from tests.framework.scoring.test_score import as_parquet
from tests.framework.training.test_cluster import started

LISTEN = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
WORK = ("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard")


@contextlib.contextmanager
def cluster_in(folder: Path, *, workers: int = 2) -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        ready = r"Scheduler at:\s+(tcp://\S+)"
        address = stack.enter_context(started("dask_scheduler", *LISTEN, ready=ready, folder=folder))[1]
        for _ in range(workers):
            stack.enter_context(started("dask_worker", address, *WORK, ready="Registered to", folder=folder))
        yield address


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster_in(tmp_path_factory.mktemp("cluster")) as address:
        yield address


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CsvSource, "block", 2000)
    monkeypatch.setattr(ParquetSource, "cells", 300)


@pytest.fixture
def given(mixed: Contract, tmp_path: Path) -> Path:
    return write_csv(tmp_path / "in.csv", mixed_rows(mixed, 150))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cluster").mkdir()
    return tmp_path / "cluster"


def killing(victims: list[int], then: Callable[[], object] = lambda: None) -> Report:
    """Kill a process of those that are left each time a run says how far it has come."""

    def kill(rows: int, refused: int, share: float) -> None:
        if victims:
            os.kill(victims.pop(), signal.SIGKILL)
            then()

    return kill


def process_ids(address: str) -> dict[str, int]:
    with Client(address, set_as_default=False) as client:
        found: dict[str, int] = client.run(os.getpid)
        return found


def models_in_memory(address: str) -> list[int]:
    def count() -> int:
        from hookline.scoring.parcel import _unpack

        return _unpack.cache_info().misses

    with Client(address, set_as_default=False) as client:
        return list(client.run(count).values())


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("mixed", "csv"),
        pytest.param("mixed", "parquet", marks=pytest.mark.slow),
        pytest.param("mixed native", "csv", marks=pytest.mark.slow),
    ],
)
def test_a_cluster_writes_the_same_file(
    trained: Trained, mixed: Contract, tmp_path: Path, cluster: str, name: str, ending: str
) -> None:
    rows = mixed_rows(mixed, 150, wrong_every=11)
    given = (write_csv if ending == "csv" else as_parquet)(tmp_path / f"in.{ending}", rows)
    outs = [tmp_path / f"{where}.{ending}" for where in ("here", "there")]
    before = models_in_memory(cluster)
    here, there = (
        score(trained(name), str(given), out, Wishes(proba=True, ids=["id"], scheduler=scheduler))
        for out, scheduler in zip(outs, ("", cluster), strict=True)
    )
    assert here.out.read_bytes() == there.out.read_bytes()
    assert here.errors
    assert there.errors
    assert here.errors.read_bytes() == there.errors.read_bytes()
    loads = [after - was for was, after in zip(before, models_in_memory(cluster), strict=True)]
    assert max(loads) == 1


@pytest.mark.slow
def test_a_worker_that_dies_costs_nothing_but_time(
    trained: Trained, given: Path, folder: Path, tmp_path: Path
) -> None:
    with cluster_in(folder) as address:
        victims = list(process_ids(address).values())[:1]
        wishes = Wishes(scheduler=address)
        there = score(trained("mixed"), str(given), tmp_path / "there.csv", wishes, report=killing(victims))
        assert len(process_ids(address)) == 1
    assert not victims
    here = score(trained("mixed"), str(given), tmp_path / "here.csv")
    assert here.out.read_bytes() == there.out.read_bytes()


@pytest.mark.slow
def test_a_run_goes_on_by_itself_when_every_worker_has_died_and_another_comes(
    trained: Trained, given: Path, folder: Path, tmp_path: Path
) -> None:
    with cluster_in(folder, workers=1) as address, contextlib.ExitStack() as later:
        victims = list(process_ids(address).values())
        another = partial(started, "dask_worker", address, *WORK, ready="Registered to", folder=folder)
        report = killing(victims, lambda: later.enter_context(another()))
        wishes = Wishes(scheduler=address)
        there = score(trained("mixed"), str(given), tmp_path / "there.csv", wishes, report=report)
        assert models_in_memory(address) == [1]
    assert not victims
    assert there.resumed == 0
    here = score(trained("mixed"), str(given), tmp_path / "here.csv")
    assert here.out.read_bytes() == there.out.read_bytes()


class LossyClient(contextlib.nullcontext[None]):
    """Stand for the client of a cluster that loses the first chunks; the others are scored here."""

    status = "running"
    losses: ClassVar[int] = 1
    made: ClassVar[list[LossyClient]] = []

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()
        self.handed_out: list[Any] = []
        self.sent = 0
        self.made.append(self)

    def __enter__(self) -> Any:
        return self

    def scatter(self, model: Any, **_: object) -> Any:
        self.handed_out.append(copy.copy(model))  # every time another one, as Dask's futures are
        return self.handed_out[-1]

    def submit(self, function: Any, *given: Any, **_: object) -> Future[Any]:
        self.sent += 1
        future = Future[Any]()
        if self.sent <= self.losses:
            future.set_exception(FutureCancelledError("chunk", "lost dependencies"))
        else:
            future.set_result(function(*given))
        return future

    def scheduler_info(self, **_: object) -> dict[str, Any]:
        return {"workers": {"one": {"nthreads": 2}}}

    def wait_for_workers(self, *_: object, **__: object) -> None:
        pass


@pytest.fixture
def lossy(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[LossyClient]]:
    unpack = cache(parcel._unpack.__wrapped__)  # a worker's, which would keep its folder to the end
    monkeypatch.setattr(parcel, "_unpack", unpack)
    monkeypatch.setattr("distributed.Client", LossyClient)
    monkeypatch.setattr(LossyClient, "made", [])
    yield LossyClient
    for client in LossyClient.made:
        unpack(client.handed_out[0]).folder.cleanup()


@pytest.mark.parametrize("losses", [1, 3])
def test_a_lost_chunk_is_sent_again_and_the_model_handed_out_again(
    trained: Trained,
    given: Path,
    tmp_path: Path,
    lossy: type[LossyClient],
    monkeypatch: pytest.MonkeyPatch,
    losses: int,
) -> None:
    monkeypatch.setattr(lossy, "losses", losses)
    there = score(trained("mixed"), str(given), tmp_path / "there.csv", Wishes(scheduler="tcp://lossy"))
    here = score(trained("mixed"), str(given), tmp_path / "here.csv")
    assert here.out.read_bytes() == there.out.read_bytes()
    (client,) = lossy.made
    assert len(client.handed_out) == 2  # once more, however many chunks were lost with it


def test_nothing_is_sent_again_once_the_scheduler_went_away(
    trained: Trained,
    given: Path,
    tmp_path: Path,
    lossy: type[LossyClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lossy, "status", "connecting")
    with pytest.raises(ScoringError, match=r"scheduler at tcp://lossy went away; .* again to go on"):
        score(trained("mixed"), str(given), tmp_path / "out.csv", Wishes(scheduler="tcp://lossy"))
    (client,) = lossy.made
    assert len(client.handed_out) == 1


@pytest.mark.slow
def test_a_run_ends_soon_when_its_scheduler_has_died(
    trained: Trained, given: Path, folder: Path, tmp_path: Path
) -> None:
    died: list[float] = []
    with cluster_in(folder, workers=1) as address:
        with Client(address, set_as_default=False) as client:
            scheduler = client.run_on_scheduler(os.getpid)

        def kill_it(rows: int, refused: int, share: float) -> None:
            if not died:
                os.kill(scheduler, signal.SIGKILL)
                died.append(time.monotonic())

        with pytest.raises(ScoringError, match=f"{address} .*, run the same command again to go on"):
            score(
                trained("mixed"),
                str(given),
                tmp_path / "out.csv",
                Wishes(scheduler=address),
                report=kill_it,
            )
        assert time.monotonic() - died[0] < 5


def test_a_run_ends_in_a_sentence_when_every_worker_has_died_and_none_comes(
    trained: Trained, given: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookline.scoring.cluster._ANOTHER", 1)
    with cluster_in(folder, workers=1) as address:
        victims = list(process_ids(address).values())

        with pytest.raises(ScoringError, match=r"has no workers; .*, and run the same command again"):
            score(
                trained("mixed"),
                str(given),
                tmp_path / "out.csv",
                Wishes(scheduler=address),
                report=killing(victims),
            )


@pytest.mark.slow
def test_a_run_that_lost_its_cluster_goes_on_elsewhere(
    trained: Trained, given: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookline.scoring.cluster._RETRIES", 0)
    with cluster_in(folder, workers=1) as address:

        def fail(rows: int, refused: int, share: float) -> None:
            monkeypatch.setattr("hookline.scoring.engine._done", lost)

        def lost(*_: object) -> None:
            raise ConnectionError("gone")

        with pytest.raises(ScoringError, match=r"lost the work \(ConnectionError: gone\); .* again to go on"):
            score(
                trained("mixed"),
                str(given),
                tmp_path / "out.csv",
                Wishes(scheduler=address),
                report=fail,
                every=0,
            )
    monkeypatch.undo()
    monkeypatch.setattr(CsvSource, "block", 2000)
    result = score(trained("mixed"), str(given), tmp_path / "out.csv")
    here = score(trained("mixed"), str(given), tmp_path / "here.csv")
    assert 0 < result.resumed < 150
    assert result.out.read_bytes() == here.out.read_bytes()


def test_without_a_scheduler_there_is_a_sentence(
    trained: Trained, mixed: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookline.scoring.cluster._PATIENCE", 1)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    given = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 3))
    with pytest.raises(ScoringError, match=f"no Dask scheduler answers at {address}; start one with"):
        score(trained("mixed"), str(given), tmp_path / "out.csv", Wishes(scheduler=address))


def test_a_scheduler_without_workers_is_a_sentence(
    trained: Trained, mixed: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookline.scoring.cluster._PATIENCE", 1)
    given = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 3))
    with (
        cluster_in(tmp_path, workers=0) as address,
        pytest.raises(ScoringError, match=r"has no workers; start some with `dask worker tcp://"),
    ):
        score(trained("mixed"), str(given), tmp_path / "out.csv", Wishes(scheduler=address))


def test_without_dask_installed_there_is_a_sentence(
    trained: Trained, mixed: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "hookline.scoring.cluster", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    given = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 3))
    with pytest.raises(ScoringError, match=r"Dask is not installed; `pip install 'hookline\[dask\]'`"):
        score(trained("mixed"), str(given), tmp_path / "out.csv", Wishes(scheduler="tcp://127.0.0.1:1"))
