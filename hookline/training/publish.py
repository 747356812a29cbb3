"""Write everything about a trained model into a new version of the store."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hookline.models.libraries import installed_libraries
from hookline.models.manifest import (
    GOLDEN,
    GRAPH,
    CompileFacts,
    DataFacts,
    GitFacts,
    Manifest,
    ManifestFields,
    NativeFacts,
)
from hookline.models.native_file import dump_native
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from hookline.project import Project
from hookline.training.card import CardFacts, card_html, card_markdown
from hookline.training.commit import current_commit
from hookline.training.data import Sample, TrainingRows
from hookline.training.fit import Fitted
from hookline.training.measure import Measured
from hookline.training.profile import profile
from hookline.training.prove import Proof
from hookline.training.reporter import Watch
from hookline.training.result import violation_plain

__all__ = ["Outcome", "publish"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what training came to, ready to be written."""

    rows: TrainingRows
    sample: Sample = field(repr=False)
    fingerprint: str
    measured: Measured
    fitted: Fitted
    classes: tuple[str, ...] | None
    proof: Proof
    n_rows: int | None


def publish(project: Project, store: ModelStore, outcome: Outcome, watch: Watch) -> Manifest:
    """Write the version; it appears in the store completely or not at all."""
    models = project.settings.models
    policy = LoadPolicy.from_settings(models, project.root)
    native_name, native = dump_native(outcome.fitted.preprocessor, outcome.fitted.estimator, policy)
    facts = _card_facts(project, outcome, watch)
    graph = outcome.proof.verdict.graph
    key = project.root / models.private_key_file if models.private_key_file else None
    with store.draft() as draft:
        draft.write(native_name, native)
        draft.write(GOLDEN, outcome.proof.golden.to_bytes(project.contract))
        if graph is not None:
            draft.write(GRAPH, graph)
        draft.write("profile.json", _json(facts.profile))
        draft.write("card.html", card_html(facts).encode())
        draft.write("card.md", card_markdown(facts).encode())
        return store.publish(draft, _fields(project, outcome, facts, native_name, watch), private_key=key)


def _card_facts(project: Project, outcome: Outcome, watch: Watch) -> CardFacts:
    measured = outcome.measured
    return CardFacts(
        name=project.settings.service.name,
        created=datetime.now(UTC),
        contract=project.contract,
        classes=measured.classes or (),
        estimator=outcome.fitted.estimator,
        rows=len(outcome.sample.X),
        refit=project.settings.training.refit,
        stratified=measured.stratified,
        fingerprint=outcome.fingerprint,
        commit=current_commit(project.root),
        evaluation=measured.evaluation,
        importance=measured.importance,
        profile=profile(project.contract, outcome.sample.X, measured.evaluation, measured.classes or ()),
        verdict=outcome.proof.verdict,
        violations=outcome.rows.violations,
        remarks=tuple(watch.remarks),
        libraries=installed_libraries(),
    )


def _fields(
    project: Project, outcome: Outcome, facts: CardFacts, native_name: str, watch: Watch
) -> ManifestFields:
    verdict, commit, metrics = outcome.proof.verdict, facts.commit, outcome.measured.evaluation.metrics
    return ManifestFields(
        contract=project.contract,
        classes=outcome.classes,
        metrics={metric.name: metric.value for metric in metrics},
        baseline={metric.name: metric.baseline for metric in metrics},
        data=DataFacts(rows=facts.rows, fingerprint=facts.fingerprint),
        native=NativeFacts.model_validate(
            {"file": native_name, "format": native_name.removeprefix("model.")}
        ),
        compiled=CompileFacts(
            adopted=verdict.adopted,
            reason=verdict.reason,
            scope=verdict.scope,
            file=GRAPH if verdict.graph is not None else None,
            checks=verdict.checks,
        ),
        libraries=facts.libraries,
        git=None if commit is None else GitFacts(commit=commit.id, dirty=commit.dirty),
        training=_training_facts(project, outcome, watch),
    )


def _training_facts(project: Project, outcome: Outcome, watch: Watch) -> dict[str, Any]:
    rules = project.settings.training
    return {
        "estimator": type(outcome.fitted.estimator).__name__,
        "rows_loaded": outcome.rows.loaded,
        "rows_dropped": outcome.rows.dropped,
        "rows_held_out": len(outcome.measured.evaluation.truth),
        "stratified": outcome.measured.stratified,
        "n_rows": outcome.n_rows,
        "seed": rules.seed,
        "test_size": rules.test_size,
        "refit": rules.refit,
        "backend": rules.backend,
        "violations": [violation_plain(violation) for violation in outcome.rows.violations],
        "remarks": list(watch.remarks),
        "seconds": {step: round(seconds, 3) for step, seconds in watch.seconds.items()},
    }


def _json(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=1).encode()
