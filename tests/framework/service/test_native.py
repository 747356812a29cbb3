from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hookline import Preprocessor
from hookline.contract.columns import columns_from_rows
from hookline.errors import UnanswerableError
from hookline.models.native import NativePredictor
from hookline.service.native import ServedNative
from tests.framework.service.memory import Fake, contract_of

TEXT = "target_label: y\ninput_features:\n  - name: a\n    nullable: true\n  - b\n"
CONTRACT = contract_of(TEXT)


def frame(rows: int = 200) -> tuple[pd.DataFrame, Any]:
    """Make data."""
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(rows, 2)), columns=["a", "b"])
    return X, (X.a + X.b > 0).astype(int)


def forest(n_jobs: int | None) -> NativePredictor:
    """Train a forest that works on so many threads."""
    from sklearn.ensemble import RandomForestClassifier

    X, y = frame()
    model = RandomForestClassifier(n_estimators=20, n_jobs=n_jobs, random_state=0).fit(X, y)
    return NativePredictor(CONTRACT, Preprocessor(), model)


def threads_started_by(work: Callable[[], object]) -> list[str]:
    """Do the work, and name the threads that were started for it."""
    started = []

    def start(thread: threading.Thread) -> None:
        started.append(thread.name)
        begin(thread)

    begin = threading.Thread.start
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        work()
    return started


def test_a_forest_of_many_jobs_answers_on_one_thread_as_exactly_as_one_of_one() -> None:
    X, _ = frame()
    columns = {"a": X.a.to_numpy(), "b": X.b.to_numpy()}
    many, one = ServedNative(forest(4)), ServedNative(forest(1))
    started = threads_started_by(lambda: many.predict(columns))
    assert started == []
    first, second = many.predict(columns), one.predict(columns)
    assert first.probabilities is not None
    assert second.probabilities is not None
    assert first.probabilities.tobytes() == second.probabilities.tobytes()


def test_a_forest_of_many_jobs_left_alone_starts_threads() -> None:
    """Null control: what the wrapper keeps from happening."""
    predictor = forest(4)
    X, _ = frame()
    assert threads_started_by(lambda: predictor.predict({"a": X.a.to_numpy(), "b": X.b.to_numpy()}))


class Logistic(Fake):
    """A model that was never shown a null."""

    def __init__(self) -> None:
        from sklearn.linear_model import LogisticRegression

        X, y = frame()
        native = NativePredictor(CONTRACT, Preprocessor(), LogisticRegression().fit(X, y))
        super().__init__(native.predict, "native")

    def predict(self, columns: Any) -> Any:
        """Answer every row."""
        return self._compute(columns)


@pytest.mark.parametrize("bad", [0, 3, 9])
@pytest.mark.parametrize("value", [None, 1e300], ids=["a null", "a number beyond single precision"])
def test_a_row_that_scikit_learn_refuses_is_named(bad: int, value: float | None) -> None:
    served = ServedNative(forest(1)) if value else ServedNative(Logistic())
    rows = [{"a": 1.0, "b": 2.0} for _ in range(10)]
    rows[bad]["a"] = value  # type: ignore[assignment]  # None is what JSON null is
    with pytest.raises(UnanswerableError, match=f"row {bad}: Input X contains") as caught:
        served.predict(columns_from_rows(CONTRACT, rows))
    assert caught.value.rows == (bad,)


def test_other_errors_of_hooks_stay_what_they_are() -> None:
    def broken(columns: Any) -> Any:
        raise ValueError("could not convert string to float")

    with pytest.raises(ValueError, match="could not convert"):
        ServedNative(Fake(broken, "native")).predict({"x": np.ones(3)})


def test_the_predictor_inside_is_closed() -> None:
    inner = Fake(kind="native")
    ServedNative(inner).close()
    assert inner.closed
