"""Fit to a part of the rows, and measure on the rest."""

from __future__ import annotations

from dataclasses import dataclass

from hookline.config.sections import Training
from hookline.hooks import Hooks
from hookline.training.classes import class_names
from hookline.training.data import Sample
from hookline.training.evaluate import Evaluation, evaluate
from hookline.training.fit import Fitted, fit
from hookline.training.holdout import hold_out
from hookline.training.importance import Importance, permutation_importance
from hookline.training.reporter import Watch
from hookline.words import counted

__all__ = ["Measured", "measure"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Hold how good the model is, and on what."""

    evaluation: Evaluation
    importance: Importance
    classes: tuple[str, ...] | None
    stratified: bool


def measure(
    hooks: Hooks, sample: Sample, rules: Training, where: str, watch: Watch
) -> tuple[Measured, Fitted]:
    """Hold rows out, fit to the others, and score what the model says about those it has not seen."""
    task = hooks.contract.task
    with watch.step("fit") as step:
        held = hold_out(sample.y, task, test_size=rules.test_size, seed=rules.seed)
        fitted = fit(hooks, sample.take(held.train))
        step.result = f"{type(fitted.estimator).__name__} to {counted(len(held.train), 'row')}{where}"
    if held.remark:
        watch.warn(held.remark)
    with watch.step("evaluate") as step:
        classes = class_names(hooks, fitted.estimator) if task == "classification" else None
        unseen = sample.take(held.test)
        evaluation = evaluate(fitted, unseen, len(classes or ()))
        importance = permutation_importance(fitted, unseen.X, evaluation, rules.seed)
        step.result = f"on {counted(len(held.test), 'row')} held out"
    _warn_if_useless(evaluation, watch)
    return Measured(evaluation, importance, classes, held.stratified), fitted


def _warn_if_useless(evaluation: Evaluation, watch: Watch) -> None:
    best = evaluation.headline
    if best.verdict not in ("better", None):
        watch.warn(
            f"by {best.title} ({best.value:.4g}) the model is no better than always answering the same "
            f"({best.baseline:.4g}); look at the features, or at how they are processed"
        )
