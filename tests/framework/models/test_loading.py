from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import hookline.models.compiled
from hookline.config.sections import Models
from hookline.contract import parse_contract_text
from hookline.contract.columns import columns_from_rows
from hookline.errors import ModelError, UnsafeModelError
from hookline.models.loading import contract_difference, load_model
from hookline.models.policy import LoadPolicy
from hookline.models.signing import SignatureRule
from hookline.models.store import ModelStore
from tests.framework.helpers import make_project
from tests.framework.models.parts import FEATURES, TRAIN, Parts, make_parts, native_only
from tests.house import ROOT

ROWS = [{"age": 3.0, "income": 0.0, "visits": 0.0}, {"age": -3.0, "income": 0.0, "visits": 0.0}]


def test_the_current_version_is_loaded_compiled_where_it_was_proved(
    store: ModelStore, parts: Parts, policy: LoadPolicy
) -> None:
    manifest = parts.publish(store)
    model = load_model(store, policy=policy)
    answers = model.predictor.predict(columns_from_rows(model.contract, ROWS))
    assert (model.manifest, model.contract, model.predictor.kind) == (manifest, parts.contract, "compiled")
    assert answers.labels is not None
    assert answers.labels.tolist() == [1, 0]
    model.close()


def test_both_ways_to_load_answer_alike(store: ModelStore, parts: Parts, policy: LoadPolicy) -> None:
    parts.publish(store)
    columns = columns_from_rows(parts.contract, ROWS)
    native, compiled = (load_model(store, policy=policy, use=use) for use in ("native", "compiled"))
    assert (native.predictor.kind, compiled.predictor.kind) == ("native", "compiled")
    one, two = native.predictor.predict(columns), compiled.predictor.predict(columns)
    assert one.probabilities is not None
    assert two.probabilities is not None
    np.testing.assert_allclose(one.probabilities, two.probabilities, atol=1e-6)


def test_a_version_that_was_not_compiled_is_loaded_natively(
    store: ModelStore, parts: Parts, policy: LoadPolicy
) -> None:
    native_only(parts).publish(store)
    assert load_model(store, policy=policy).predictor.kind == "native"
    with pytest.raises(ModelError, match=r"no compiled graph that stands alone \(not tried\)"):
        load_model(store, policy=policy, use="compiled")


def test_a_compiled_model_is_loaded_without_what_training_needs(store: ModelStore, parts: Parts) -> None:
    parts.publish(store)
    script = """
import sys
from pathlib import Path
from hookline.models.loading import load_model
from hookline.models.store import ModelStore
import hookline.models.transfer, hookline.cli.models
print(load_model(ModelStore(Path(sys.argv[1]))).predictor.kind)
print(sorted({"pandas", "sklearn", "skops", "joblib", "scipy", "onnx", "skl2onnx"} & set(sys.modules)))
"""
    program = [sys.executable, "-c", script, str(store.directory)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["compiled", "[]"]


def test_an_image_need_not_carry_the_native_file_of_a_compiled_model(
    store: ModelStore, parts: Parts, policy: LoadPolicy
) -> None:
    version = parts.publish(store).version
    (store.directory / version / "model.skops").unlink()
    assert load_model(store, policy=policy).predictor.kind == "compiled"
    with pytest.raises(UnsafeModelError, match=r"model\.skops is missing"):
        load_model(store, policy=policy, use="native")


def test_a_graph_of_the_estimator_needs_the_native_file(store: ModelStore, tmp_path: Path) -> None:
    own = TRAIN.replace(
        "def train_model", "    def process_X(self, X):\n        return X * 2\n\n\ndef train_model"
    )
    home = make_project(tmp_path / "own", features=FEATURES, train=own)
    policy = LoadPolicy(root=home)
    parts = make_parts(home)
    version = parts.publish(store).version
    assert (parts.compiled.scope, store.manifest(version).predictor) == ("estimator", "native")
    model = load_model(store, policy=policy)
    assert model.predictor.kind == "native"
    assert getattr(model.predictor, "_graph", None) is not None
    (store.directory / version / "model.skops").unlink()
    with pytest.raises(UnsafeModelError, match=r"model\.skops is missing"):
        load_model(store, policy=policy)


def test_loading_writes_nothing(store: ModelStore, parts: Parts, home: Path) -> None:
    """Load where every attempt to write fails, as on a read-only file system; promoting is the control."""
    parts.publish(store)
    script = """
import os, sys
from pathlib import Path
from hookline.errors import StoreError
from hookline.models.loading import load_model
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore

store, policy = ModelStore(Path(sys.argv[1])), LoadPolicy(root=Path(sys.argv[2]))

def read_only(event, values):
    writes = event == "open" and values[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if (writes or event in ("os.mkdir", "os.rename", "os.remove")) and str(store.directory) in str(values[0]):
        raise OSError(30, "Read-only file system")

sys.addaudithook(read_only)
for use in ("compiled", "native"):
    print(load_model(store, policy=policy, use=use).predictor.kind, len(store.versions()))
try:
    store.promote(store.names()[0])
except StoreError as error:
    print(error)
"""
    program = [sys.executable, "-c", script, str(store.directory), str(home)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    compiled, native, sentence = done.stdout.splitlines()
    assert (compiled, native) == ("compiled 1", "native 1")
    assert "cannot be written: Read-only file system; check its permissions" in sentence


def test_a_predictor_that_fails_its_golden_rows_is_closed(
    store: ModelStore, parts: Parts, policy: LoadPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []

    def broken(*_: Any, **__: Any) -> Any:
        return SimpleNamespace(kind="compiled", predict=lambda _: 1 / 0, close=lambda: closed.append(True))

    parts.publish(store)
    monkeypatch.setattr(hookline.models.compiled, "CompiledPredictor", broken)
    with pytest.raises(UnsafeModelError, match=r"fails on its golden rows \(ZeroDivisionError"):
        load_model(store, policy=policy)
    assert closed == [True]


def surprise(*_: Any, **__: Any) -> Any:
    raise KeyError("scope")


def test_a_surprise_while_loading_is_a_sentence(
    store: ModelStore, parts: Parts, policy: LoadPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.publish(store)
    monkeypatch.setattr(hookline.models.compiled, "CompiledPredictor", surprise)
    with pytest.raises(UnsafeModelError, match=r"cannot be loaded \(KeyError: 'scope'\); train again"):
        load_model(store, policy=policy)


# ---- libraries ----


@pytest.mark.parametrize(
    ("made", "rule", "words"),
    [
        ({"onnxruntime": "1.0.0"}, "minor", r"trained with onnxruntime 1\.0\.0; installed: onnxruntime "),
        ({"onnxruntime": "1.0.0"}, "exact", "install those versions, train again with these, or set"),
        ({"numpy": "{minor}.99"}, "exact", "trained with numpy"),
        ({"scikit-learn": "0.1"}, "exact", None),
        ({"numpy": "{minor}.99"}, "minor", None),
        ({"numpy": "0.1", "onnxruntime": "1.0.0"}, "warn", None),
        ({}, "exact", None),
    ],
    ids=["minor", "exact", "patch, exact", "not used", "patch, minor", "warn", "equal"],
)
def test_a_compiled_model_asks_for_the_libraries_that_matter(
    store: ModelStore, parts: Parts, policy: LoadPolicy, made: dict[str, str], rule: Any, words: str | None
) -> None:
    minor = ".".join(np.__version__.split(".")[:2])
    libraries = {**dict(parts.libraries), **{name: text.format(minor=minor) for name, text in made.items()}}
    parts.changed(libraries=tuple(libraries.items())).publish(store)
    policy = replace(policy, library_versions=rule)
    if words is None:
        load_model(store, policy=policy).close()
        return
    with pytest.raises(ModelError, match=words):
        load_model(store, policy=policy)


def test_a_native_model_asks_for_python_too(
    store: ModelStore, parts: Parts, policy: LoadPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    native_only(parts).publish(store)
    monkeypatch.setattr("platform.python_version", lambda: "3.99.1")
    with pytest.raises(ModelError, match=r"trained with Python .*; installed: Python 3\.99\.1: install"):
        load_model(store, policy=policy)


def test_a_library_that_is_not_installed_is_named(
    store: ModelStore, parts: Parts, policy: LoadPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.publish(store)
    monkeypatch.setattr("hookline.models.libraries._installed", lambda _: None)
    with pytest.raises(ModelError, match="installed: no numpy, no onnxruntime"):
        load_model(store, policy=policy)


def test_a_warning_about_libraries_reaches_the_log(
    store: ModelStore, parts: Parts, policy: LoadPolicy, caplog: pytest.LogCaptureFixture
) -> None:
    parts.changed(libraries=(("numpy", "0.1"),)).publish(store)
    load_model(store, policy=replace(policy, library_versions="warn")).close()
    assert "was trained with numpy 0.1; installed: numpy" in caplog.text


# ---- contract and rules ----


def test_a_changed_contract_says_to_train_again(store: ModelStore, parts: Parts) -> None:
    manifest = parts.publish(store)
    assert contract_difference(manifest, parts.contract) is None
    other = parse_contract_text("target_label: bought\ninput_features: [age]")
    said = contract_difference(manifest, other)
    assert said is not None
    assert said.endswith("train again with `hookline train`")


def test_the_rules_come_from_the_settings(tmp_path: Path) -> None:
    settings = Models(
        allow_joblib=True,
        trusted=("a.B",),
        library_versions="exact",
        max_file_bytes=2048,
        require_signature=True,
        public_key_file="keys/key.pub",
    )
    assert LoadPolicy.from_settings(settings, tmp_path) == LoadPolicy(
        root=tmp_path,
        allow_joblib=True,
        trusted=("a.B",),
        library_versions="exact",
        max_file_bytes=2048,
        signature=SignatureRule(required=True, public_key=tmp_path / "keys/key.pub"),
    )
    assert LoadPolicy.from_settings(Models(), tmp_path).signature.public_key is None


def test_a_copied_store_is_the_same_store(
    store: ModelStore, parts: Parts, policy: LoadPolicy, tmp_path: Path
) -> None:
    manifest = parts.publish(store)
    shutil.copytree(store.directory, tmp_path / "image")
    assert load_model(ModelStore(tmp_path / "image"), policy=policy).manifest == manifest


def test_the_manifest_is_what_json_readers_expect(store: ModelStore, parts: Parts) -> None:
    manifest = parts.publish(store)
    plain = json.loads((store.directory / manifest.version / "manifest.json").read_bytes())
    assert list(plain) == [
        *("format", "version", "model_id", "created", "python", "libraries", "git", "task", "contract"),
        *("contract_fingerprint", "classes", "metrics", "baseline", "data", "native", "compiled", "training"),
        "files",
    ]
