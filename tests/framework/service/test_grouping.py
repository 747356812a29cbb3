from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookline import Preprocessor
from hookline.contract import Contract
from hookline.contract.columns import columns_from_rows, row_count, rows_from_columns
from hookline.errors import UnanswerableError
from hookline.models.compile import compile_model
from hookline.models.compiled import CompiledPredictor
from hookline.models.native import NativePredictor
from hookline.service.answerer import Answerer
from hookline.service.answers import ClassNames, Encoder, Probabilities, Values
from hookline.service.grouping import Apart, Blocks, Free, Grouping, find_grouping
from hookline.service.jobs import Answered, Failed, Job, Outcome
from hookline.service.native import ServedNative
from hookline.types import Columns, Prediction, Predictor
from tests.framework.service.memory import Fake, contract_of, doubled

ROWS = 300
NAMES = [f"f{number}" for number in range(12)]
TEXT = "target_label: y\ninput_features:\n" + "".join(f"  - {name}\n" for name in NAMES)


class Scaled(Preprocessor):
    """Scale, as most do."""

    def __init__(self) -> None:
        from sklearn.preprocessing import StandardScaler

        self.transformer = StandardScaler()


def estimators() -> dict[str, Any]:
    """Make one of each kind: trees, which group freely, and two whose sums depend on the number of rows."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    return {
        "forest": RandomForestClassifier(n_estimators=10, n_jobs=2, random_state=0),
        "logistic": LogisticRegression(),
        "network": MLPClassifier((30, 30), max_iter=3, random_state=0),
    }


class World:
    """Data, and every model twice: as it was trained, and compiled."""

    def __init__(self) -> None:
        self.contract: Contract = contract_of(TEXT)
        random = np.random.default_rng(0)
        self.X = pd.DataFrame(random.normal(size=(ROWS, len(NAMES))), columns=NAMES)
        self.y = (self.X.f0 + self.X.f1 * self.X.f2 > 0).astype(int) + (self.X.f3 > 1)
        self.columns: Columns = {name: self.X[name].to_numpy() for name in NAMES}
        self.rows = rows_from_columns(self.contract, self.columns)
        self.predictors = dict(self._predictors())

    def _predictors(self) -> Any:
        for name, estimator in estimators().items():
            preprocessor = Scaled()
            preprocessor.fit_X(self.X)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # three rounds are too few for the network, and enough for us
                estimator.fit(preprocessor.process_X(self.X), self.y)
            native = NativePredictor(self.contract, preprocessor, estimator)
            yield f"{name} native", ServedNative(native)
            graph = compile_model(self.contract, native, self.columns, self.columns).graph
            assert graph is not None
            yield f"{name} compiled", CompiledPredictor(self.contract, graph)


@pytest.fixture(scope="session")
def world() -> World:
    return World()


MODELS = [f"{name} {kind}" for name in estimators() for kind in ("native", "compiled")]


def jobs_of(rows: list[Any], sizes: list[int], encode: Encoder) -> list[Job]:
    """Cut rows into requests."""
    jobs, start = [], 0
    reply: Any = None
    for size in sizes:
        jobs.append(Job(rows[start : start + size], "", encode, "", 0.0, reply))
        start += size
    return jobs


def body_of(outcome: Outcome) -> bytes:
    """Return an answer without its ids, which are never the same."""
    assert isinstance(outcome, Answered)
    body = outcome.body
    for name in outcome.ids:
        body = body.replace(name.encode(), b"")
    return body


@pytest.mark.parametrize("name", MODELS)
def test_answers_given_together_are_those_given_alone_bit_for_bit(world: World, name: str) -> None:
    predictor = world.predictors[name]
    grouping = find_grouping(predictor, {key: column[:50] for key, column in world.columns.items()})
    answer = Answerer(predictor, world.contract, grouping=grouping)
    encode = Probabilities(["a", "b", "c"])

    @given(
        st.lists(st.sampled_from([1, 1, 1, 2, 3, 7, 31, 32, 33]), min_size=1, max_size=40),
        st.integers(0, ROWS),
    )
    @settings(max_examples=25, deadline=None)
    def check(sizes: list[int], start: int) -> None:
        rows = (world.rows[start:] + world.rows[:start]) * 5
        jobs = jobs_of(rows, sizes, encode)
        alone = [outcome for job in jobs for outcome in answer([job])]
        assert [body_of(one) for one in answer(jobs)] == [body_of(one) for one in alone]

    check()


def test_a_model_that_may_be_grouped_is(world: World) -> None:
    found = {name: type(find_grouping(world.predictors[name], world.columns)) for name in MODELS}
    assert found["forest native"] is found["forest compiled"] is Free
    assert Apart not in found.values()


def test_without_the_trial_answers_would_change_with_their_company(world: World) -> None:
    """Null control: what the test above would find if all models were grouped freely."""
    predictor = world.predictors["logistic native"]
    answer = Answerer(predictor, world.contract, grouping=Free())
    jobs = jobs_of(world.rows, [1] * ROWS, Probabilities(["a", "b", "c"]))
    alone = [body_of(outcome) for job in jobs for outcome in answer([job])]
    assert [body_of(one) for one in answer(jobs)] != alone


def by_number_of_rows(columns: Columns) -> Prediction:
    return Prediction(values=columns["x"] * (1 + 1e-9 * len(columns["x"])))


def by_neighbours(columns: Columns) -> Prediction:
    return Prediction(values=columns["x"] - columns["x"].mean())


def by_place(columns: Columns) -> Prediction:
    return Prediction(values=columns["x"] + 1e-9 * np.arange(len(columns["x"])))


@pytest.mark.parametrize(
    ("compute", "wanted"),
    [(doubled, Free), (by_number_of_rows, Blocks), (by_neighbours, Apart), (by_place, Apart)],
    ids=["nothing", "the number of rows", "the other rows", "the place among them"],
)
@pytest.mark.parametrize("rows", [2, 16, 50])
def test_it_is_found_out_what_an_answer_depends_on(
    compute: Callable[[Columns], Prediction], wanted: type[Grouping], rows: int
) -> None:
    columns = {"x": np.random.default_rng(0).normal(size=rows)}
    assert type(find_grouping(Fake(compute), columns)) is wanted


def test_a_single_row_is_enough_to_find_out_that_the_number_of_rows_counts() -> None:
    assert isinstance(find_grouping(Fake(by_number_of_rows), {"x": np.array([1.0])}), Blocks)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_blocks_hold_all_jobs_in_their_order_and_never_too_many_rows(sizes: list[int]) -> None:
    jobs = jobs_of([{"x": 1.0}] * sum(sizes), sizes, Values())
    batches = Blocks(32).batches(jobs)
    assert [job for batch in batches for job in batch] == jobs
    assert all(len(batch) == 1 or sum(len(job.rows) for job in batch) <= 32 for batch in batches)


def test_a_block_is_filled_and_a_larger_request_is_left_as_it_is() -> None:
    predictor, blocks = Fake(), Blocks(32)
    for rows in (1, 31, 32, 33, 100):
        blocks.predict(predictor, {"x": np.ones(rows)})
    assert predictor.calls == [32, 32, 32, 33, 100]


def not_answering_13(columns: Columns) -> Prediction:
    bad = np.flatnonzero(columns["x"] == 13)
    if len(bad):
        raise UnanswerableError("no", tuple(bad.tolist()))
    return doubled(columns)


def test_rows_that_fill_a_block_are_not_blamed() -> None:
    with pytest.raises(UnanswerableError) as caught:
        Blocks(8).predict(Fake(not_answering_13), {"x": np.array([1.0, 13.0])})
    assert caught.value.rows == (1,)


@pytest.mark.parametrize("grouping", [Free(), Blocks(8), Apart()], ids=lambda one: type(one).__name__)
def test_a_request_without_an_answer_leaves_the_others_theirs(grouping: Grouping) -> None:
    contract = contract_of()
    answer = Answerer(Fake(not_answering_13), contract, grouping=grouping)
    numbers = [1, 2, 13, 4, 5, 6, 7, 13, 9, 10]
    jobs = jobs_of([{"x": float(number)} for number in numbers], [2] * 5, Values())
    failed: list[int] = []
    fine: list[int] = []
    for place, outcome in enumerate(answer(jobs)):
        (failed if isinstance(outcome, Failed) else fine).append(place)
        if isinstance(outcome, Failed):
            assert isinstance(outcome.error, UnanswerableError)
            assert outcome.error.rows == ({1: 0, 3: 1}[place],)
    assert (failed, fine) == ([1, 3], [0, 2, 4])


def test_ids_belong_to_rows(world: World) -> None:
    predictor: Predictor = world.predictors["forest compiled"]
    answer = Answerer(predictor, world.contract, grouping=Free())
    jobs = jobs_of(world.rows, [3, 1, 5], ClassNames(["a", "b", "c"]))
    outcomes = answer(jobs)
    columns = columns_from_rows(world.contract, world.rows[:9])
    assert row_count(columns) == 9
    labels = predictor.predict(columns).labels
    assert labels is not None
    told = [row for one in outcomes if isinstance(one, Answered) for row in eval(one.body)]  # noqa: S307 - ours
    assert [row["class_name"] for row in told] == ["abc"[label] for label in labels]
    assert len({row["prediction_id"] for row in told}) == 9


def test_the_event_loop_is_not_needed_to_compute() -> None:
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    (outcome,) = Answerer(Fake(), contract_of(), grouping=Free())(jobs_of([{"x": 1.0}], [1], Values()))
    assert isinstance(outcome, Answered)
