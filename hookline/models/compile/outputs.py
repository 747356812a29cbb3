"""What an estimator can be asked for, as values in a graph. What nobody asks for is never written."""

from __future__ import annotations

from dataclasses import dataclass

from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.tensor import Tensor, concat, where

__all__ = ["Outputs", "binary", "shares", "sign_labels"]


@dataclass(frozen=True, slots=True)
class Outputs:
    """Hold the answers that a converter offers; all but `labels` have two dimensions.

    `scores` is what decision_function returns. Without `labels`, the label is the most probable class.
    """

    values: Tensor | None = None
    scores: Tensor | None = None
    probabilities: Tensor | None = None
    labels: Tensor | None = None

    def label(self) -> Tensor:
        """Return the labels, as positions in the model's classes."""
        return self.probability().argmax() if self.labels is None else self.labels

    def probability(self) -> Tensor:
        """Return the probabilities."""
        if self.probabilities is None:
            raise CannotCompileError("the model gives no probabilities where they are needed")
        return self.probabilities

    def value(self) -> Tensor:
        """Return the values of a regression."""
        if self.values is None:
            raise CannotCompileError("the model is no regression where one is needed")
        return self.values

    def named(self) -> dict[str, Tensor]:
        """Name what a graph gives out."""
        if self.values is not None:
            return {"values": self.values}
        offered = {"probabilities": self.probabilities, "labels": self.labels}
        return {name: tensor for name, tensor in offered.items() if tensor is not None}


def binary(positive: Tensor) -> Tensor:
    """Make both classes' probabilities from the second's."""
    return concat([1.0 - positive, positive])


def shares(each: Tensor, classes: int) -> Tensor:
    """Divide each row by its sum; a row of zeros becomes equal shares, as in scikit-learn."""
    total = each.total(classes)
    return where(total.equals(0.0), 1.0 / classes, each / total)


def sign_labels(scores: Tensor) -> Tensor:
    """Take the second class where the score is above zero."""
    return scores.above(0.0).whole().reshape(-1)
