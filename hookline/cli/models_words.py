"""How `hookline models` words what the store knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from hookline.errors import ModelError
from hookline.models.difference import Difference
from hookline.models.manifest import Manifest

__all__ = ["difference_tables", "list_row", "manifest_lines", "summary"]

Table: TypeAlias = tuple[str, Sequence[str], Sequence[Sequence[object]]]
_NONE = "none"


def summary(
    name: str, found: Manifest | ModelError, current: str | None, target: str | None
) -> dict[str, Any]:
    """Return what `hookline models list --json` prints of a version."""
    row: dict[str, Any] = {"version": name, "current": name == current, "rollback_target": name == target}
    if isinstance(found, ModelError):
        return {**row, "fault": str(found)}
    return {
        **row,
        "fault": None,
        "created": found.created,
        "model_id": found.model_id,
        "task": found.task,
        "predictor": found.predictor,
        "rows": found.data.rows,
        "metrics": found.metrics,
        "baseline": found.baseline,
        "bytes": sum(facts.size for facts in found.files.values()),
    }


def list_row(row: dict[str, Any]) -> tuple[object, ...]:
    """Word a version for the table."""
    mark = "current" if row["current"] else "rollback target" if row["rollback_target"] else ""
    if row["fault"]:
        return (row["version"], mark, "unusable: " + row["fault"], "", "", "")
    name = next(iter(row["metrics"]), None)
    score = f"{name} {_number(row['metrics'][name])}" if name else ""
    baseline = _number(row["baseline"].get(name)) if name else ""
    return (row["version"], mark, row["predictor"], f"{row['rows']:,}", score, baseline)


def manifest_lines(manifest: Manifest, path: Path) -> Iterator[str]:
    """Word a manifest, a line per fact."""
    commit = "none" if manifest.git is None else manifest.git.commit
    if manifest.git is not None and manifest.git.dirty:
        commit += " with uncommitted changes"
    yield f"version      {manifest.version}"
    yield f"model id     {manifest.model_id}"
    yield f"folder       {path}"
    yield f"created      {manifest.created}"
    yield f"commit       {commit}"
    yield f"task         {manifest.task}" + (f": {', '.join(manifest.classes)}" if manifest.classes else "")
    yield f"contract     {manifest.contract_fingerprint}"
    yield f"data         {manifest.data.rows:,} rows, {manifest.data.fingerprint}"
    yield f"predictor    {manifest.predictor}: {manifest.compiled.reason}"
    for name, value in manifest.metrics.items():
        yield f"metric       {name} {_number(value)} (baseline {_number(manifest.baseline.get(name))})"
    libraries = {"python": manifest.python, **manifest.libraries}
    yield "libraries    " + ", ".join(f"{name} {number}" for name, number in libraries.items())
    for name, facts in manifest.files.items():
        yield f"file         {name} {facts.size:,} bytes, sha256 {facts.sha256}"


def difference_tables(found: Difference) -> Iterator[Table]:
    """Word a comparison, a table per question."""
    sides = (found.old.version, found.new.version)
    metrics = [
        (name, _number(old), _number(new), _step(old, new)) for name, (old, new) in found.metrics.items()
    ]
    yield "Metrics", ("", *sides, "change"), metrics
    changes = [(c.where, c.what, c.verdict, c.why) for c in found.contract]
    yield "Contract", ("where", "what", "for callers", "why"), changes
    sections: tuple[tuple[str, dict[str, tuple[Any, Any]]], ...] = (
        ("Data", found.data),
        ("Predictor", found.predictor),
        ("Libraries", found.libraries),
        ("File sizes", found.files),
    )
    for title, pairs in sections:
        yield title, ("", *sides), [(name, _word(old), _word(new)) for name, (old, new) in pairs.items()]


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:.4g}"


def _step(old: float | None, new: float | None) -> str:
    return _NONE if old is None or new is None else f"{new - old:+.4g}"


def _word(value: Any) -> str:
    if value is None:
        return _NONE
    if isinstance(value, str) and value.startswith("sha256:"):
        return value[:19] + "…"
    return f"{value:,}" if isinstance(value, int) else str(value)
