"""A real cluster: a scheduler and two workers in processes of their own, over TCP."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookline.errors import HookError, TrainingError
from hookline.models.loading import load_model
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from hookline.project import open_project
from hookline.training import Step, train
from tests.framework.helpers import TRAIN, make_project

OWN_CLASS = """

class Witness(RandomForestClassifier):
    # A class of the project's own, which no worker can import.
    def fit(self, X, y):
        super().fit(X, y)
        self.seen_ = witnesses(y)
        return self


def where(part):
    return os.getpid(), LABELS[part[0]]


def witnesses(y):
    return joblib.Parallel(n_jobs=4)(joblib.delayed(where)(part) for part in np.array_split(np.asarray(y), 8))


LABELS = {"large": 1, "small": 2}
"""

HOOKS = (
    "import os\n\nimport joblib\nimport numpy as np\n"
    + TRAIN.replace("return RandomForestClassifier(", "return Witness(").replace(
        "n_estimators=10", "n_estimators=8"
    )
    + OWN_CLASS
)


@contextlib.contextmanager
def started(*words: str, ready: str, folder: Path) -> Iterator[re.Match[str]]:
    """Run a part of the cluster until the test is over; wait for the line that says it is ready."""
    command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
    log = folder / f"{words[0]}-{time.monotonic_ns()}.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 30
        while not (match := re.search(ready, log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        yield match
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scheduler")
    listen = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    with started("dask_scheduler", *listen, ready=r"Scheduler at:\s+(tcp://\S+)", folder=folder) as match:
        yield match[1]


@pytest.fixture(scope="module")
def cluster(scheduler: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("workers")
    options = ("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard")
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(
                started("dask_worker", scheduler, *options, ready="Registered to", folder=folder)
            )
        yield scheduler


def config(address: str) -> str:
    return f"training: {{compile: false, backend: dask, dask_scheduler: '{address}'}}\n"


class Listening:
    """Keep what the steps said."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    @contextlib.contextmanager
    def step(self, step: Step) -> Iterator[None]:
        yield
        self.said[step.title] = step.result

    def warn(self, sentence: str) -> None:
        raise AssertionError(sentence)


@pytest.mark.slow
def test_a_fit_runs_on_both_workers_which_know_nothing_of_the_project(tmp_path: Path, cluster: str) -> None:
    root = make_project(tmp_path / "project", train=HOOKS, config=config(cluster))
    listening = Listening()
    result = train(open_project(root, {}), reporter=listening)
    loaded = load_model(ModelStore(root / "model_bin"), policy=LoadPolicy(root=root))
    estimator = loaded.predictor.estimator  # type: ignore[attr-defined] # a native predictor
    processes = {process for process, _ in estimator.seen_}
    assert os.getpid() not in processes
    assert len(processes) == 2
    assert {label for _, label in estimator.seen_} <= {1, 2}
    assert type(estimator).__module__ == "source.model.train"
    assert len(estimator.estimators_) == 8
    assert listening.said["fit"] == f"Witness to 240 rows on 2 Dask workers at {cluster}"
    assert result.manifest.training["backend"] == "dask"


@pytest.mark.slow
def test_a_fit_on_a_cluster_comes_to_the_same_as_one_here(tmp_path: Path, cluster: str) -> None:
    here = train(open_project(make_project(tmp_path / "here"), {}))
    there = train(open_project(make_project(tmp_path / "there", config=config(cluster)), {}))
    assert there.manifest.metrics == here.manifest.metrics
    assert there.manifest.data == here.manifest.data


UNWELCOME = """

class Homesick:
    def __reduce__(self):
        return arrive, (os.getpid(),)


def arrive(home):
    if os.getpid() != home:
        raise RuntimeError("cannot arrive")


def stay(traveller):
    return traveller


def witnesses(y):
    return joblib.Parallel(n_jobs=4)(joblib.delayed(stay)(Homesick()) for _ in range(2))
"""


@pytest.mark.slow
def test_a_task_that_no_worker_can_take_ends_the_training_with_a_sentence(
    tmp_path: Path, cluster: str
) -> None:
    root = make_project(tmp_path / "project", train=HOOKS + UNWELCOME, config=config(cluster))
    with pytest.raises(HookError, match=r"^source/model/train.py:\d+: train_model: .* came RuntimeError: "):
        train(open_project(root, {}))


@pytest.mark.slow
def test_without_a_scheduler_there_is_a_sentence_within_ten_seconds(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    root = make_project(tmp_path / "project", config=config(address))
    start = time.monotonic()
    with pytest.raises(TrainingError) as caught:
        train(open_project(root, {}))
    assert time.monotonic() - start < 10
    assert str(caught.value) == (
        f"no Dask scheduler answers at {address} (training.dask_scheduler); start one with `dask scheduler`, "
        "or set training.backend: local"
    )


@pytest.mark.slow
def test_a_scheduler_without_workers_is_a_sentence_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookline.training.cluster._PATIENCE", 1)
    listen = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    with started("dask_scheduler", *listen, ready=r"Scheduler at:\s+(tcp://\S+)", folder=tmp_path) as match:
        root = make_project(tmp_path / "project", config=config(match[1]))
        with pytest.raises(TrainingError, match=r"has no workers; start some with `dask worker tcp://"):
            train(open_project(root, {}))


def test_an_address_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    root = make_project(tmp_path / "project", config=config("nonsense://x"))
    with pytest.raises(TrainingError, match="no Dask scheduler answers at nonsense://x"):
        train(open_project(root, {}))


def test_without_dask_installed_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    root = make_project(tmp_path / "project", config=config("tcp://127.0.0.1:1"))
    with pytest.raises(TrainingError, match=r"Dask is not installed; `pip install 'hookline\[dask\]'`"):
        train(open_project(root, {}))
