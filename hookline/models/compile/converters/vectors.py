"""Support vector machines in double: kernel, decision, and libsvm's duels of every class with every other."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import SVC, SVR, NuSVC, NuSVR

from hookline.models.compile import foreign
from hookline.models.compile.outputs import Outputs
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.tensor import Tensor
from hookline.models.compile.translate import ask

__all__: list[str] = []


@ask.register(SVR)
@ask.register(NuSVR)
def _(model: Any, sheet: Sheet) -> Outputs:
    return Outputs(values=_kernel(model, sheet) @ np.ascontiguousarray(model.dual_coef_.T) + model.intercept_)


@ask.register(SVC)
@ask.register(NuSVC)
def _(model: Any, sheet: Sheet) -> Outputs:
    if hasattr(model, "predict_proba"):
        return foreign.ask(model, sheet)  # libsvm finds its probabilities step by step
    if model.break_ties:
        raise CannotCompileError(f"{type(model).__name__}(break_ties=True) has no converter")
    kernel = _kernel(model, sheet)
    if len(model.classes_) == 2:
        scores = kernel @ np.ascontiguousarray(model.dual_coef_.T) + model.intercept_
        # As libsvm asks it: the first class wins below zero, and all else, NaN too, is the second's.
        return Outputs(scores=scores, labels=scores.below(0.0).op("Not").whole().reshape(-1))
    duels = kernel @ _duel_weights(model) + model.intercept_
    return Outputs(labels=_most_duels_won(duels, len(model.classes_)))


def _kernel(model: Any, sheet: Sheet) -> Tensor:
    if model.kernel not in ("linear", "poly", "rbf", "sigmoid"):
        raise CannotCompileError(f"{type(model).__name__} with an own kernel has no converter")
    x, width = sheet.numbers(model), len(sheet)
    vectors: NDArray[np.float64] = np.asarray(model.support_vectors_, dtype=np.float64)
    gamma = float(model._gamma)  # noqa: SLF001 - the number that "scale" or "auto" came to
    if model.kernel == "rbf":
        # Around the vectors' middle, so that large squares do not swallow small differences.
        middle: NDArray[np.float64] = vectors.mean(axis=0)
        x, vectors = x - middle, vectors - middle
        lengths: NDArray[np.float64] = (vectors**2).sum(axis=1)
        square = (x * x).total(width) - (x @ np.ascontiguousarray(vectors.T)) * 2.0 + lengths
        return (square * -gamma).op("Exp")
    product = x @ np.ascontiguousarray(vectors.T)
    if model.kernel == "linear":
        return product
    product = product * gamma + float(model.coef0)
    return product.op("Tanh") if model.kernel == "sigmoid" else product ** float(model.degree)


def _duel_weights(model: Any) -> NDArray[np.float64]:
    """Return what each support vector says in the duel of class i against class j, one column per duel."""
    ends = np.cumsum(model.n_support_)
    rows = [np.arange(end - size, end) for end, size in zip(ends, model.n_support_, strict=True)]
    duels = list(combinations(range(len(model.classes_)), 2))
    weights = np.zeros((len(model.support_vectors_), len(duels)))
    for column, (i, j) in enumerate(duels):
        weights[rows[i], column] = model.dual_coef_[j - 1, rows[i]]
        weights[rows[j], column] = model.dual_coef_[i, rows[j]]
    return weights


def _most_duels_won(duels: Tensor, classes: int) -> Tensor:
    """Count for each class the duels it wins; of equals the first, as in libsvm."""
    first, second = (np.eye(classes)[list(one)] for one in zip(*combinations(range(classes), 2), strict=True))
    won = duels.above(0.0).double()
    return (won @ first + (1.0 - won) @ second).argmax()
