from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from hookline.models.store import ModelStore
from tests.framework.service.runner.load import Load, Reply, until
from tests.framework.service.runner.processes import children, eventually
from tests.framework.service.runner.variants import ROW, factors_by_id
from tests.framework.service.running import Running, serve
from tests.framework.service.wire import Answer


async def swap(running: Running, store: ModelStore, times: int) -> Load:
    """Promote one version after the other while requests come in, each as soon as the one before serves."""
    names = sorted(store.names())
    current = names.index(str(store.current()))
    async with Load(running.port, ROW, pause=0.005) as load:
        for turn in range(1, times + 1):
            version = names[(current + turn) % len(names)]
            store.promote(version)
            await asyncio.to_thread(running.wait_for, "serving", times=turn + 1)
            await until(lambda: load.replies[-1].version == version)  # noqa: B023 - waited for at once
    return load


def mixed_up(replies: list[Reply], factors: dict[str, int]) -> list[Reply]:
    """Return the answers that are not what the model they name would say."""
    return [reply for reply in replies if abs(reply.value - 10 * factors[reply.model]) > 1e-6]


@pytest.mark.parametrize(
    "times", [2, pytest.param(5, marks=pytest.mark.slow), pytest.param(100, marks=pytest.mark.soak)]
)
def test_models_are_swapped_under_load_without_a_failure_or_a_mix_up(variants: Path, times: int) -> None:
    store = ModelStore(variants / "model_bin")
    with serve(variants, workers=2) as running:
        load = asyncio.run(swap(running, store, times))
    assert load.failures == []
    assert set(load.statuses) == {200}
    assert {reply.model for reply in load.replies} == set(factors_by_id(store))
    assert mixed_up(load.replies, factors_by_id(store)) == []


@pytest.mark.slow
def test_without_time_to_move_over_requests_would_be_lost(variants: Path) -> None:
    with serve(variants, workers=2, drain_seconds=0) as running:
        load = asyncio.run(swap(running, ModelStore(variants / "model_bin"), 2))
    assert load.failures != []


def test_a_mix_up_would_be_seen(variants: Path) -> None:
    factors = factors_by_id(ModelStore(variants / "model_bin"))
    (one, factor), (other, _) = list(factors.items())[:2]
    answer = b'[{"value":%d}]' % (10 * factor)
    right, wrong = (Reply(200, {"x-model-id": model}, answer, 0) for model in (one, other))
    assert mixed_up([right, wrong], factors) == [wrong]


@pytest.mark.slow
def test_a_probe_sees_a_ready_service_all_through_a_swap(variants: Path) -> None:
    store = ModelStore(variants / "model_bin")
    with serve(variants) as running, running.wire() as wire:
        assert wire.ask("GET", "/health/ready").status == 200
        store.promote(min(store.names()))
        running.wait_for("serving", times=2)
        # The connection from before is the old worker's, which hangs up behind its answer once it was told.
        answers: list[Answer] = []

        def moved_over() -> bool:
            answers.append(wire.ask("GET", "/health/ready"))
            return answers[-1].headers.get("connection") == "close"

        assert eventually(moved_over)
        assert {answer.status for answer in answers} == {200}
        assert running.ask("GET", "/health/ready").status == 200


def test_sighup_brings_in_a_new_generation_and_the_old_one_leaves(variants: Path) -> None:
    with serve(variants, workers=2) as running:
        before = running.workers
        running.process.send_signal(signal.SIGHUP)
        after = running.wait_for("serving", times=2)["workers"]
        assert set(before).isdisjoint(after)
        assert eventually(lambda: len(children(running.process.pid)) == 2)  # its stem and the shipper
        assert running.ask("GET", "/health/ready").status == 200


def test_a_new_model_that_is_refused_leaves_the_old_one_serving(variants: Path) -> None:
    store = ModelStore(variants / "model_bin")
    old, new = str(store.current()), min(store.names())
    with serve(variants) as running:
        store.promote(new)
        running.wait_for("serving", times=2)
        store.promote(old)
        running.wait_for("serving", times=3)
        graph = variants / "model_bin" / new / "graph.onnx"
        graph.chmod(0o644)
        graph.write_bytes(graph.read_bytes()[:-1])
        pointer = variants / "model_bin" / "current.json"
        pointer.write_text(pointer.read_text().replace(f'"current": "{old}"', f'"current": "{new}"'))
        refused = running.wait_for("refused")
        assert refused["version"] == old
        assert new in refused["sentence"]
        assert refused["sentence"].endswith(f"{old} goes on serving")
        answer = running.ask("POST", "/api/predictions", ROW)
        assert (answer.status, answer.headers["x-model-version"]) == (200, old)


def test_a_service_without_a_model_says_so_and_serves_the_first_one_by_itself(variants: Path) -> None:
    pointer = variants / "model_bin" / "current.json"
    scratch = pointer.rename(variants / "current.json")
    with serve(variants) as running:
        assert running.wait_for("serving")["version"] is None
        answer = running.ask("POST", "/api/predictions", ROW)
        assert (answer.status, answer.problem, answer.headers["retry-after"]) == (503, "not-ready", "1")
        assert "hookline models promote" in answer.json()["detail"]
        assert [running.ask("GET", f"/health/{probe}").status for probe in ("live", "startup", "ready")] == [
            200,
            503,
            503,
        ]
        scratch.rename(pointer)
        assert running.wait_for("serving", times=2)["version"] is not None
        assert eventually(lambda: running.ask("POST", "/api/predictions", ROW).status == 200)


def test_with_reload_a_changed_source_brings_in_a_new_generation(variants: Path) -> None:
    with serve(variants, "--reload") as running:
        config = variants / "config.yaml"
        config.write_text("service:\n  nonsense: 1\n")
        assert "nonsense" in running.wait_for("refused")["sentence"]
        config.write_text("service:\n  name: renamed\n")
        running.wait_for("serving", times=2)
        assert eventually(lambda: running.ask("GET", "/info").json()["name"] == "renamed")
        # A compiled model is served without the hooks, so that nobody takes a changed one for answering.
        with (variants / "source" / "model" / "train.py").open("a") as hooks:
            hooks.write("\nx = (\n")
        running.wait_for("serving", times=3)
        assert "until `hookline train`" in running.wait_for("renewing")["sentence"]
        running.process.send_signal(signal.SIGHUP)
        running.wait_for("serving", times=4)
        assert "hookline train" not in running.wait_for("renewing")["sentence"]


@pytest.mark.slow
def test_without_reload_sources_are_left_alone(variants: Path) -> None:
    with serve(variants) as running:
        (variants / "config.yaml").write_text("service:\n  nonsense: 1\n")
        os.utime(variants / "source" / "model" / "train.py")
        assert running.ask("GET", "/health/ready").status == 200
        assert [event["event"] for event in running.events].count("renewing") == 0
