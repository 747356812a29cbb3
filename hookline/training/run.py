"""Training, as a story: load, split, fit, evaluate, fit again, prove, publish."""

from __future__ import annotations

from pathlib import Path

from hookline.hooks import load_hooks
from hookline.models.store import ModelStore
from hookline.project import Project
from hookline.training.classes import class_names
from hookline.training.cluster import fit_backend
from hookline.training.data import TrainingRows, keep_contract, split
from hookline.training.fingerprint import data_fingerprint
from hookline.training.fit import fit
from hookline.training.measure import measure
from hookline.training.prove import prove
from hookline.training.publish import Outcome, publish
from hookline.training.reporter import Reporter, SilentReporter, Watch
from hookline.training.result import TrainResult
from hookline.words import counted

__all__ = ["train"]


def train(
    project: Project,
    *,
    n_rows: int | None = None,
    reporter: Reporter | None = None,
    promote: bool = True,
) -> TrainResult:
    """Train the project's model and publish it as a new version; make that current unless told otherwise.

    Until the version is published nothing in the store changes, whatever stops the training.
    """
    rules, contract = project.settings.training, project.contract
    watch = Watch(reporter or SilentReporter())
    hooks = load_hooks(project.root, contract)

    with watch.step("load") as step:
        frame = hooks.loader.load_data(n_rows)
        step.result = f"{counted(len(frame), 'row')}, {counted(frame.shape[1], 'column')}"
    with watch.step("check") as step:
        rows = keep_contract(contract, frame, rules.on_violation)
        sample = split(hooks, rows.frame)
        fingerprint = data_fingerprint(rows.frame)
        step.result = _checked(rows)
    del frame

    with fit_backend(rules) as where:
        measured, fitted = measure(hooks, sample, rules, where, watch)
        if rules.refit:
            del fitted  # two large models at once would double the memory
            with watch.step("refit") as step:
                fitted = fit(hooks, sample)
                step.result = f"to all {counted(len(sample.X), 'row')}"
    classes = class_names(hooks, fitted.estimator) if contract.task == "classification" else None

    with watch.step("compile") as step:
        proof = prove(project, sample, fitted, watch)
        step.result = proof.verdict.reason
    with watch.step("publish") as step:
        outcome = Outcome(rows, sample, fingerprint, measured, fitted, classes, proof, n_rows)
        store = ModelStore(project.model_directory)
        manifest = publish(project, store, outcome, watch)
        if promote:
            store.promote(manifest.version)
        step.result = manifest.version
    return TrainResult(
        manifest=manifest,
        path=_shown(store.directory / manifest.version, project.root),
        current=promote,
        metrics=measured.evaluation.metrics,
        holdout_rows=len(measured.evaluation.truth),
        violations=rows.violations,
        remarks=tuple(watch.remarks),
        seconds=watch.seconds,
    )


def _checked(rows: TrainingRows) -> str:
    if not rows.violations:
        return "every row keeps features.yaml"
    if rows.dropped:
        return f"{counted(rows.dropped, 'row')} left out, {counted(len(rows.frame), 'row')} kept"
    return f"{counted(len(rows.violations), 'broken rule')}, all rows kept"


def _shown(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path
