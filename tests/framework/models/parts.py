"""The files of a small real model, made once, so that a test can publish versions within milliseconds."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

from hookline.contract import Contract, contract_from_plain
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
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore

# The last three are what a hostile file would like to reach.
TRAIN = """\
import time
from os import system
from pathlib import Path

from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from hookline import Preprocessor as Base


class Preprocessor(Base):
    def __init__(self):
        self.transformer = StandardScaler()


def train_model(X_processed, y_processed):
    return LogisticRegression().fit(X_processed, y_processed)


def get_classes(model):
    return ["no", "yes"]


def halve(X):
    return X / 2


class Recorder(list):
    def __init__(self, path="canary"):
        Path(str(path)).write_text("ran")
"""
FEATURES = "task: classification\ntarget_label: bought\ninput_features: [age, income, visits]\n"


COMPILED = CompileFacts(adopted=True, reason="proved equal", file=GRAPH)


@dataclass(frozen=True)
class Parts:
    """Hold what a version is made of."""

    contract: Contract
    native: bytes
    graph: bytes
    golden: bytes
    classes: tuple[str, ...] = ("no", "yes")
    compiled: CompileFacts = COMPILED
    native_name: Literal["model.skops", "model.joblib"] = "model.skops"
    rows: int = 60
    metrics: float = 0.9
    libraries: tuple[tuple[str, str], ...] = ()

    def changed(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def fields(self) -> ManifestFields:
        kind: Any = self.native_name.removeprefix("model.")
        return ManifestFields(
            contract=self.contract,
            classes=self.classes,
            metrics={"accuracy": self.metrics, "roc_auc": None},
            baseline={"accuracy": 0.5},
            data=DataFacts(rows=self.rows, fingerprint="sha256:0"),
            native=NativeFacts(file=self.native_name, format=kind),
            compiled=self.compiled,
            libraries=dict(self.libraries),
            git=GitFacts(commit="0" * 40, dirty=False),
        )

    def publish(self, store: ModelStore, *, promote: bool = True, key: Path | None = None) -> Manifest:
        with store.draft() as draft:
            draft.write(self.native_name, self.native)
            draft.write(GOLDEN, self.golden)
            if self.compiled.file is not None:
                draft.write(GRAPH, self.graph)
            draft.write("card.md", b"# A small model\n")
            manifest = store.publish(draft, self.fields(), private_key=key)
        if promote:
            store.promote(manifest.version)
        return manifest

    def save(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "contract.json").write_text(json.dumps(self.contract.plain()))
        for name in ("native", "graph", "golden"):
            (folder / name).write_bytes(getattr(self, name))

    @classmethod
    def load(cls, folder: Path) -> Self:
        plain = json.loads((folder / "contract.json").read_text())
        native, graph, golden = ((folder / name).read_bytes() for name in ("native", "graph", "golden"))
        return cls(contract_from_plain(plain, name="contract"), native, graph, golden)


def native_only(parts: Parts) -> Parts:
    return parts.changed(compiled=CompileFacts(adopted=False, reason="not tried"))


def make_parts(root: Path) -> Parts:
    """Train in `root`, a project with TRAIN and FEATURES."""
    import numpy as np

    from hookline.contract import parse_contract
    from hookline.contract.frame import columns_from_frame, frame_from_columns
    from hookline.hooks.source import import_source
    from hookline.models.compile import compile_model
    from hookline.models.golden import GoldenRows
    from hookline.models.libraries import installed_libraries
    from hookline.models.native import NativePredictor
    from hookline.models.native_file import dump_native

    contract = parse_contract(root / "source/model/features.yaml")
    random = np.random.default_rng(0)
    frame = frame_from_columns(contract, {name: random.normal(size=60) for name in contract.names})
    train = import_source(root, "source.model.train")
    preprocessor = train.Preprocessor()
    preprocessor.fit_X(frame)
    estimator = train.train_model(preprocessor.process_X(frame), (frame["age"] > 0).astype(int))
    native = NativePredictor(contract, preprocessor, estimator)
    columns = columns_from_frame(contract, frame)
    few = columns_from_frame(contract, frame.head(10))
    verdict = compile_model(contract, native, columns, few)
    assert verdict.graph is not None, verdict.reason
    golden = GoldenRows.make(contract, few, native.predict(few))
    _, data = dump_native(preprocessor, estimator, LoadPolicy(root=root))
    return Parts(
        contract,
        data,
        verdict.graph,
        golden.to_bytes(contract),
        compiled=CompileFacts(adopted=True, reason="proved equal", file=GRAPH, scope=verdict.scope),
        libraries=tuple(installed_libraries().items()),
    )
