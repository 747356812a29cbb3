from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from hookline.errors import NotLoggedError
from hookline.service.grouping import Apart, Blocks
from hookline.service.jobs import Answered
from hookline.service.predict import LARGE_BODY
from hookline.types import Columns, Prediction
from tests.framework.service.memory import Fake, Memory, doubled, in_memory, model_of
from tests.framework.service.wire import Answer

PATH = "/api/predictions"
KINDS = ("compiled", "native")


async def ask(memory: Memory, *numbers: float) -> Answer:
    """Ask for some numbers."""
    return await memory.ask("POST", PATH, [{"x": number} for number in numbers])


def values(answer: Answer) -> list[float]:
    """Return the numbers that came back."""
    assert answer.status == 200, answer.body
    return [row["value"] for row in answer.json()]


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_gets_the_answer_to_their_own_rows(kind: Any) -> None:
    async def run() -> None:
        predictor = Fake(kind=kind)
        async with in_memory(model_of(predictor)) as memory:
            asked = [tuple(range(n, n + n % 4 + 1)) for n in range(50)]
            answers = await asyncio.gather(*(ask(memory, *numbers) for numbers in asked))
        assert [values(answer) for answer in answers] == [[2 * n for n in numbers] for numbers in asked]
        assert len(predictor.calls) < 5
        ids = [row["prediction_id"] for answer in answers for row in answer.json()]
        assert len(set(ids)) == len(ids) == sum(predictor.calls)

    asyncio.run(run())


def test_requests_of_one_tick_are_one_call() -> None:
    async def run() -> None:
        predictor = Fake()
        async with in_memory(model_of(predictor)) as memory:
            await asyncio.gather(*(ask(memory, n) for n in range(32)))
            await ask(memory, 1, 2)
        assert predictor.calls[-2:] == [32, 2]

    asyncio.run(run())


def test_what_arrives_while_a_native_model_works_is_its_next_batch() -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(columns: Columns) -> Prediction:
        started.set()
        assert go_on.wait(20)
        return doubled(columns)

    async def run() -> None:
        predictor = Fake(slow, "native")
        model = model_of(predictor)
        async with in_memory(model) as memory:
            first = asyncio.create_task(ask(memory, 0))
            await asyncio.to_thread(started.wait, 20)
            before = len(predictor.calls)
            others = [asyncio.create_task(ask(memory, n, n)) for n in range(5)]
            for _ in range(10):
                await asyncio.sleep(0)
            go_on.set()
            assert [values(answer) for answer in await asyncio.gather(*others)] == [
                [2 * n] * 2 for n in range(5)
            ]
            assert values(await first) == [0]
            assert predictor.calls[before:] == [10]

    go_on.clear()
    asyncio.run(run())


def refusing(columns: Columns) -> Prediction:
    if 13 in columns["x"]:
        raise ZeroDivisionError("13")
    return doubled(columns)


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_that_fails_fails_alone(kind: Any) -> None:
    async def run() -> None:
        predictor = Fake(refusing, kind)
        async with in_memory(model_of(predictor)) as memory:
            answers = await asyncio.gather(*(ask(memory, n, n + 1) for n in range(32)))
        failed = [n for n, answer in enumerate(answers) if answer.status != 200]
        assert failed == [12, 13]
        assert all(values(answers[n]) == [2 * n, 2 * n + 2] for n in range(32) if n not in failed)
        assert len(predictor.calls) < 20  # by halves, not one by one
        assert {answers[n].problem for n in failed} == {"internal"}
        assert answers[12].json().keys() == {"type", "title", "status", "detail", "instance"}

    asyncio.run(run())


def leaving(columns: Columns) -> Prediction:
    raise SystemExit(3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hook_that_leaves_the_program_does_not(kind: Any) -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake(leaving, kind))) as memory:
            assert (await ask(memory, 1)).problem == "internal"
            assert (await memory.ask("GET", "/health/live")).status == 200

    asyncio.run(run())


def test_an_answer_that_does_not_fit_is_an_internal_error() -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake(lambda _: Prediction()))) as memory:
            assert (await ask(memory, 1)).problem == "internal"

    asyncio.run(run())


def large_body() -> bytes:
    body = b"[" + b",".join(b'{"x": %d}' % number for number in range(5000)) + b"]"
    assert len(body) > LARGE_BODY
    return body


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_body_is_answered_off_the_event_loop(kind: Any) -> None:
    threads = []

    def noting(columns: Columns) -> Prediction:
        threads.append(threading.current_thread())
        return doubled(columns)

    async def run() -> None:
        async with in_memory(model_of(Fake(noting, kind))) as memory:
            threads.clear()
            answer = await memory.ask("POST", PATH, large_body())
            assert values(answer) == [2 * n for n in range(5000)]
            assert threading.main_thread() not in threads

    asyncio.run(run())


def test_a_large_body_that_is_wrong_is_refused_like_any_other() -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake())) as memory:
            answer = await memory.ask("POST", PATH, large_body()[:-2] + b"]")
            assert (answer.status, answer.problem) == (400, "malformed")

    asyncio.run(run())


@pytest.mark.parametrize(
    ("grouping", "calls"),
    [(Apart(), [1] * 40), (Blocks(8), [8] * 5)],
    ids=["each request by itself", "blocks of one size"],
)
def test_requests_are_brought_together_as_far_as_the_model_allows(grouping: Any, calls: list[int]) -> None:
    async def run() -> None:
        predictor = Fake()
        async with in_memory(model_of(predictor, grouping=grouping)) as memory:
            await asyncio.sleep(0)
            predictor.calls.clear()
            answers = await asyncio.gather(*(ask(memory, n) for n in range(40)))
        assert [values(answer) for answer in answers] == [[2 * n] for n in range(40)]
        assert [call for call in predictor.calls if call in calls] == calls

    asyncio.run(run())


# ---- the seam for a log ----


class Log:
    """Take answers down, or refuse to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.taken: list[Sequence[Answered]] = []
        self.error = error

    async def __call__(self, answered: Sequence[Answered]) -> None:
        """Take down what is answered together."""
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        self.taken.append(answered)


@pytest.mark.parametrize("kind", KINDS)
def test_the_log_has_every_answer_before_its_caller(kind: Any) -> None:
    log = Log()

    async def run() -> None:
        async with in_memory(model_of(Fake(kind=kind)), log=log) as memory:

            async def one(number: int) -> None:
                answer = await ask(memory, number, number)
                taken = {name: a for group in log.taken for a in group for name in a.ids}
                for row in answer.json():
                    answered = taken[row["prediction_id"]]
                    assert answered.job.rows == [{"x": number}] * 2
                    assert answered.job.path == PATH
                    assert answered.job.request_id == answer.headers["x-request-id"]
                    assert answered.prediction.values is not None
                    part = answered.prediction.values[answered.start : answered.stop]
                    assert part.tolist() == [2 * number] * 2

            await asyncio.gather(*(one(number) for number in range(20)))

    asyncio.run(run())
    assert len(log.taken) < 5  # once for all that are ready together


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("error", "status", "problem"),
    [(NotLoggedError("full"), 503, "not-logged"), (OSError("disk"), 500, "internal")],
    ids=["refused", "broken"],
)
def test_what_the_log_does_not_take_is_not_answered(
    kind: Any, error: Exception, status: int, problem: str
) -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake(refusing, kind)), log=Log(error)) as memory:
            answers = await asyncio.gather(ask(memory, 1), ask(memory, 13), ask(memory, 2))
            assert [answer.status for answer in answers] == [status, 500, status]
            assert answers[0].problem == problem
            assert ("retry-after" in answers[0].headers) == (status == 503)

    asyncio.run(run())


def test_nothing_is_logged_when_nothing_is_answered() -> None:
    log = Log()

    async def run() -> None:
        async with in_memory(model_of(Fake(refusing)), log=log) as memory:
            await ask(memory, 13)

    asyncio.run(run())
    assert log.taken == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_stop_finishes_what_was_taken(kind: Any) -> None:
    async def run() -> None:
        log = Log()
        predictor = Fake(kind=kind)
        async with in_memory(model_of(predictor), log=log) as memory:
            asked = [asyncio.create_task(ask(memory, n)) for n in range(5)]
            await asyncio.sleep(0)
        assert [values(await one) for one in asked] == [[2 * n] for n in range(5)]
        assert predictor.closed

    asyncio.run(run())


@pytest.mark.parametrize("kind", KINDS)
def test_a_caller_who_went_away_disturbs_nobody(kind: Any) -> None:
    async def run() -> None:
        async with in_memory(model_of(Fake(refusing, kind)), log=Log()) as memory:
            gone = [asyncio.create_task(ask(memory, n)) for n in (1, 13)]
            stays = asyncio.create_task(ask(memory, 3))
            await asyncio.sleep(0)
            for task in gone:
                task.cancel()
            assert values(await stays) == [6]

    asyncio.run(run())


@pytest.mark.parametrize("kind", KINDS)
def test_a_log_with_nothing_to_wait_for_is_done_when_it_returns(kind: Any) -> None:
    taken: list[str] = []
    error: list[Exception] = []

    def log(answered: Sequence[Answered]) -> None:
        if error:
            raise error[0]
        taken.extend(name for one in answered for name in one.ids)

    async def run() -> None:
        async with in_memory(model_of(Fake(kind=kind)), log=log) as memory:
            answers = await asyncio.gather(*(ask(memory, n) for n in range(5)))
            assert taken == [row["prediction_id"] for answer in answers for row in answer.json()]
            error.append(NotLoggedError("full"))
            assert (await ask(memory, 1)).problem == "not-logged"
            large = await memory.ask("POST", PATH, large_body())
            assert large.problem == "not-logged"

    asyncio.run(run())
