"""Put a run together from a project, its input, and what is wanted of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hookline
from hookline.errors import DataError, ScoringError
from hookline.models.loading import load_model
from hookline.models.manifest import Manifest
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from hookline.project import Project
from hookline.scoring.engine import Engine, ThreadEngine
from hookline.scoring.fit import absent_features, carried_columns, read_types
from hookline.scoring.formats import OutputFormat, output_format
from hookline.scoring.layout import Layout
from hookline.scoring.parcel import pack
from hookline.scoring.run import Job, Report, Result, run, unheard
from hookline.scoring.scorer import Scorer
from hookline.scoring.sources.source import find_files, format_of, open_source
from hookline.service.runner.limits import read_limits

__all__ = ["Wishes", "score"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """Say which model answers, where, and what OUT holds besides the answers."""

    model: str | None = None
    proba: bool = False
    ids: Sequence[str] = ()
    keep: bool = False
    force: bool = False
    scheduler: str = ""
    threads: int = 0


def score(
    project: Project,
    given: str,
    out: Path,
    wishes: Wishes = Wishes(),
    *,
    report: Report = unheard,
    note: Callable[[str], object] = unheard,
    every: float = 1.0,
) -> Result:
    """Score the rows of `given` into `out`, or go on where an earlier run stopped.

    How far it has come is noted on disk `every` so many seconds.
    """
    if os.path.isdir(out):  # noqa: PTH112 - Path's own raises where nobody may look; see run
        raise DataError(f"{out} is a folder; name a file in it, such as {out / 'scored.csv'}")
    into = format_of(out)
    written = output_format(into)
    with _readable(given):
        files = find_files(given)
    if out.resolve() in [file.resolve() for file in files]:
        raise DataError(f"{out} is one of the files to score; write elsewhere, or name them by a pattern")
    with _readable(given):
        source = open_source(files)
    store = ModelStore(project.model_directory)
    manifest = store.manifest(store.resolve(wishes.model))
    contract = manifest.read_contract()
    for name in absent_features(contract, source.schema.names, given):
        note(f"{given} has no column {name!r}; every row gets the default {contract[name].default!r}")
    ids = wishes.ids or [name for name in (project.settings.service.ID_NAME,) if name in source.schema.names]
    carried = carried_columns(source.schema, ids, keep=wishes.keep, name=given, into=into)
    layout = Layout(manifest.task, manifest.classes or (), wishes.proba, carried)
    job = Job(
        source=source,
        wanted=read_types(contract, source.schema, carried),
        schema=layout.schema,
        out=out,
        format=written,
        engine=_engine(project, manifest, layout, written, wishes),
        identity=_identity(files, manifest, layout, out),
        force=wishes.force,
    )
    return run(job, report, every=every)


@contextmanager
def _readable(given: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = "check its permissions" if isinstance(error, PermissionError) else "name another file"
        raise DataError(f"{given} cannot be read: {error.strerror}; {remedy}") from error


def _engine(
    project: Project, manifest: Manifest, layout: Layout, written: OutputFormat, wishes: Wishes
) -> Engine:
    store = ModelStore(project.model_directory)
    policy = LoadPolicy.from_settings(project.settings.models, project.root)
    if wishes.scheduler:
        try:
            from hookline.scoring.cluster import ClusterEngine  # noqa: PLC0415 - only if asked for
        except ImportError as error:
            raise ScoringError("Dask is not installed; `pip install 'hookline[dask]'`") from error
        return ClusterEngine(pack(store, manifest, policy, layout, written.encode), wishes.scheduler)
    model = load_model(store, manifest.version, policy, bulk=True)
    threads = wishes.threads or max(1, round(read_limits().cpus))
    return ThreadEngine(Scorer(model.contract, model.predictor, layout, written.encode), threads)


def _identity(files: Sequence[Path], manifest: Manifest, layout: Layout, out: Path) -> dict[str, Any]:
    """Describe a run by what its output depends on."""
    facts = [(str(file.resolve()), file.stat()) for file in files]
    return {
        "input": [[name, fact.st_size, fact.st_mtime_ns] for name, fact in facts],
        "model": manifest.model_id,
        "version": manifest.version,
        "columns": [out.suffix, *layout.schema.names],
        "hookline": hookline.__version__,
    }
