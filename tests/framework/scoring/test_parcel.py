from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from hookline.contract import Contract
from hookline.errors import UnsafeModelError
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from hookline.project import Project
from hookline.scoring.layout import Layout
from hookline.scoring.parcel import Parcel, pack
from hookline.scoring.scorer import Scored
from hookline.scoring.sources.csv import CsvSource
from hookline.scoring.text import csv_rows
from tests.framework.scoring.conftest import Trained
from tests.framework.scoring.inputs import mixed_rows, write_csv


def packed(project: Project) -> Parcel:
    store = ModelStore(project.model_directory)
    manifest = store.manifest(store.resolve())
    layout = Layout(manifest.task, manifest.classes or (), proba=True)
    return pack(
        store, manifest, LoadPolicy.from_settings(project.settings.models, project.root), layout, csv_rows
    )


def scored(parcel: Parcel, given: Path) -> list[Scored]:
    source = CsvSource([given])
    return [
        parcel.scorer()(chunk)
        for chunk in source.chunks({name: source.schema.field(name).type for name in source.schema.names})
    ]


@pytest.mark.parametrize("name", ["mixed", "mixed native"])
def test_a_parcel_answers_after_a_journey(
    trained: Trained, mixed: Contract, tmp_path: Path, name: str
) -> None:
    given = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 20))
    parcel = packed(trained(name))
    arrived: Parcel = pickle.loads(pickle.dumps(parcel))  # noqa: S301 - what the cluster does
    assert arrived == parcel
    assert hash(arrived) == hash(parcel)
    assert scored(arrived, given) == scored(parcel, given)
    assert arrived.scorer() is parcel.scorer()
    native = any(file.endswith("model.skops") for file in parcel.files)
    assert native is (name == "mixed native")
    assert ("source/model/train.py" in parcel.files) is native


def test_two_parcels_are_two(trained: Trained) -> None:
    assert packed(trained("mixed")) != packed(trained("mixed"))


def test_a_version_that_was_changed_is_not_sent(trained: Trained, tmp_path: Path) -> None:
    project = trained("mixed")
    store = ModelStore(project.model_directory)
    manifest = store.manifest(store.resolve())
    copy = ModelStore(tmp_path / "model_bin")
    folder = copy.directory / manifest.version
    folder.mkdir(parents=True)
    for path in (store.directory / manifest.version).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "golden.json").write_bytes(b"{}")
    with pytest.raises(UnsafeModelError, match=r"golden.json"):
        pack(copy, manifest, LoadPolicy(), Layout("classification", ("a",)), csv_rows)
