from __future__ import annotations

import json
from typing import Any

import pytest

from hookline.service.runner.limits import Limits
from hookline.service.runner.plan import make_plan
from hookline.types import PredictorKind

MIB = 1024**2
GIB = 1024**3


def limits(cpus: float, memory: int = 64 * GIB) -> Limits:
    return Limits(cpus, memory, "cgroup v2", "cgroup v2")


@pytest.mark.parametrize(
    ("cpus", "workers"),
    [(0.5, 1), (1, 1), (1.9, 1), (2, 2), (3.5, 3), (64, 64)],
)
def test_there_is_a_worker_for_every_whole_cpu(cpus: float, workers: int) -> None:
    plan = make_plan(limits(cpus), predictor="compiled", model_bytes=MIB)
    assert (plan.workers, plan.threads, plan.shares_model, plan.fits) == (workers, 1, True, True)


def test_memory_allows_fewer_workers() -> None:
    plan = make_plan(limits(16, 512 * MIB), predictor="native", model_bytes=10 * MIB)
    assert 1 < plan.workers < 16
    assert plan.fits
    more = make_plan(
        limits(16, 512 * MIB), predictor="native", model_bytes=10 * MIB, workers=plan.workers + 1
    )
    assert not more.fits


def test_one_worker_is_planned_even_where_none_fits_and_the_plan_warns() -> None:
    plan = make_plan(limits(4, 32 * MIB), predictor="compiled", model_bytes=MIB)
    assert (plan.workers, plan.fits) == (1, False)
    assert plan.lines()[-1].startswith("warning")
    assert plan.plain()["fits"] is False


def test_what_is_set_is_not_planned() -> None:
    plan = make_plan(limits(2, 32 * MIB), predictor="compiled", model_bytes=MIB, workers=5, threads=3)
    assert (plan.workers, plan.threads) == (5, 3)


@pytest.mark.parametrize("how", [{"threads": 2}, {"apart": True}], ids=["threads", "a model with threads"])
def test_threads_do_not_live_on_in_a_fork_so_every_worker_loads_for_itself(how: dict[str, Any]) -> None:
    size = 100 * MIB
    shared = make_plan(limits(4), predictor="compiled", model_bytes=size)
    alone = make_plan(limits(4), predictor="compiled", model_bytes=size, **how)
    assert shared.shares_model
    assert not alone.shares_model
    assert alone.expected_memory > shared.expected_memory + 3 * size


def test_a_shared_model_is_counted_once() -> None:
    def model_memory(workers: int) -> int:
        small, large = (
            make_plan(limits(8), predictor="native", model_bytes=size, workers=workers) for size in (0, GIB)
        )
        return large.expected_memory - small.expected_memory

    assert GIB <= model_memory(1) == model_memory(8)


@pytest.mark.parametrize(
    ("predictor", "workers", "megabytes", "measured"),
    [
        ("compiled", 1, 0.0, 91),
        ("compiled", 4, 0.0, 178),
        ("compiled", 3, 8.4, 303),
        ("native", 1, 0.0, 238),
        ("native", 4, 0.0, 358),
        ("native", 3, 36.3, 426),
    ],
)
def test_the_expected_memory_is_what_was_measured(
    predictor: PredictorKind, workers: int, megabytes: float, measured: int
) -> None:
    plan = make_plan(limits(8), predictor=predictor, model_bytes=int(megabytes * MIB), workers=workers)
    assert plan.expected_memory / MIB == pytest.approx(measured, rel=0.05)


def test_a_plan_reads_the_same_for_people_and_machines() -> None:
    plan = make_plan(limits(2, GIB), predictor="compiled", model_bytes=MIB)
    assert plan.lines()[:4] == [
        "CPUs      2 (cgroup v2)",
        "memory    1024 MiB (cgroup v2)",
        "workers   2, 1 thread each",
        "model     compiled, loaded once and shared",
    ]
    plain = json.loads(json.dumps(plan.plain()))
    assert (plain["cpus"], plain["workers"], plain["threads"], plain["shares_model"]) == (2, 2, 1, True)
    assert plain["expected_memory_bytes"] // MIB == int(plan.lines()[4].split()[1])
