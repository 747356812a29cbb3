"""Whole versions by somebody who may write to the store: all refused with a sentence, nothing has run."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from hookline.errors import HooklineError, ModelError, UnsafeModelError
from hookline.models.compile import compile_model  # noqa: F401 - registers the converters once, not in a test
from hookline.models.loading import load_model
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from tests.framework.models.forge import pickled, put, rewrite, write_manifest
from tests.framework.models.parts import Parts, native_only

Forge = Callable[[ModelStore, str, Path], None]
REMEDY = r"[;:(] .*(train|get|use|set|check|copy|give|remove|raise)"


def golden(change: Callable[[dict[str, Any]], None]) -> Forge:
    def forge(store: ModelStore, version: str, canary: Path) -> None:
        plain = json.loads((store.directory / version / "golden.json").read_bytes())
        change(plain)
        rewrite(store, version, {"golden.json": json.dumps(plain).encode()})

    return forge


def manifest(change: Callable[[dict[str, Any]], Any]) -> Forge:
    return lambda store, version, _: rewrite(store, version, manifest=change)


def manifest_bytes(change: Callable[[bytes], bytes]) -> Forge:
    def forge(store: ModelStore, version: str, canary: Path) -> None:
        folder = store.directory / version
        write_manifest(folder, change((folder / "manifest.json").read_bytes()))

    return forge


def graph(make: Callable[[], bytes]) -> Forge:
    return lambda store, version, _: rewrite(store, version, {"graph.onnx": make()})


def onnx_graph(
    *, external: str | None = None, domain: str = "", function: bool = False, version: int = 8
) -> bytes:
    weight = numpy_helper.from_array(np.ones(1), "w")
    if external is not None:
        weight = TensorProto(
            name="w", data_type=TensorProto.DOUBLE, dims=[1], data_location=TensorProto.EXTERNAL
        )
        weight.external_data.add(key="location", value=external)
    number = helper.make_tensor_value_info
    inputs, outputs = [number("matrix", 11, [None, 3])], [number("values", 11, [None, 3])]
    body = helper.make_graph(
        [helper.make_node("Mul", ["matrix", "w"], ["values"], domain=domain)], "g", inputs, outputs, [weight]
    )
    opsets = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
    functions = [helper.make_function("", "F", ["a"], ["a"], [], opsets)] if function else []
    return bytes(
        helper.make_model(
            body, ir_version=version, opset_imports=opsets, functions=functions
        ).SerializeToString()
    )


def linked_file(store: ModelStore, version: str, canary: Path) -> None:
    path = store.directory / version / "golden.json"
    path.rename(canary.parent / "golden.json")
    path.symlink_to(canary.parent / "golden.json")


def linked_folder(store: ModelStore, version: str, canary: Path) -> None:
    path = store.directory / version
    path.rename(canary.parent / "elsewhere")
    path.symlink_to(canary.parent / "elsewhere")


def named_pipe(store: ModelStore, version: str, canary: Path) -> None:
    (store.directory / version / "golden.json").unlink()
    os.mkfifo(store.directory / version / "golden.json")


def folder_for_a_file(store: ModelStore, version: str, canary: Path) -> None:
    (store.directory / version / "golden.json").unlink()
    (store.directory / version / "golden.json").mkdir()


def truncated(store: ModelStore, version: str, canary: Path) -> None:
    path = store.directory / version / "model.skops"
    put(path, path.read_bytes()[:-10])


def joblib_file(store: ModelStore, version: str, canary: Path) -> None:
    def as_joblib(plain: dict[str, Any]) -> None:
        plain["native"] = {"file": "model.joblib", "format": "joblib"}
        plain["compiled"]["adopted"] = False
        del plain["files"]["model.skops"]

    (store.directory / version / "model.skops").unlink()
    rewrite(store, version, {"model.joblib": pickled(canary)}, manifest=as_joblib)


def named(name: str) -> Forge:
    return manifest(lambda plain: plain["files"].update({name: {"sha256": "0" * 64, "size": 1}}))


CASES: dict[str, tuple[Forge, str]] = {
    "a pickle as joblib": (joblib_file, "is a joblib file, and reading one runs whatever code it holds"),
    "a linked file": (linked_file, "golden.json is a symbolic link"),
    "a linked folder": (linked_folder, "is a symbolic link"),
    "a named pipe": (named_pipe, "is not a regular file"),
    "a folder for a file": (folder_for_a_file, "is not a regular file"),
    "a file that is cut off": (truncated, "bytes, its manifest says"),
    "a file that is missing": (
        lambda store, version, _: (store.directory / version / "card.md").unlink(),
        "card.md is missing",
    ),
    "a file too many": (
        lambda store, version, _: put(store.directory / version / "extra.py", b""),
        "extra.py is not in the manifest",
    ),
    "an oversized file": (
        lambda store, version, _: rewrite(store, version, {"graph.onnx": bytes(2_000_000)}),
        "more than models.max_file_bytes (1000000)",
    ),
    "a path out of the store": (named("../../etc/passwd"), "`files"),
    "an absolute path": (named("/etc/passwd"), "`files"),
    "a file that describes the files": (named("manifest.sha256"), "cannot be the name"),
    "no manifest": (
        lambda store, version, _: (store.directory / version / "manifest.json").unlink(),
        "manifest.json is missing",
    ),
    "no digest": (
        lambda store, version, _: (store.directory / version / "manifest.sha256").unlink(),
        "manifest.sha256 is missing",
    ),
    "a digest in capitals": (
        lambda store, version, _: put(
            store.directory / version / "manifest.sha256",
            (store.directory / version / "manifest.sha256").read_bytes().upper(),
        ),
        "is not what manifest.sha256 says",
    ),
    "a digest with another line": (
        lambda store, version, _: put(
            store.directory / version / "manifest.sha256",
            (store.directory / version / "manifest.sha256").read_bytes() + b"\n",
        ),
        "is not what manifest.sha256 says",
    ),
    "a manifest of absurd depth": (manifest_bytes(lambda _: b"[" * 100_000), "nested too deep"),
    "a manifest that is a list": (manifest_bytes(lambda _: b"[]"), "holds no JSON object"),
    "a manifest that is not text": (manifest_bytes(lambda _: b"\xff\xfe{}"), "not readable as JSON"),
    "a manifest that says something twice": (
        manifest_bytes(lambda data: data.replace(b'{\n "format": 1,', b'{"format": 1, "format": 1,')),
        "a key stands twice",
    ),
    "a manifest with NaN": (
        manifest_bytes(lambda data: data.replace(b'"roc_auc": null', b'"roc_auc": NaN')),
        "NaN is not a JSON number",
    ),
    "a manifest with a number of a million digits": (
        manifest_bytes(lambda data: data.replace(b'"rows": 60', b'"rows": ' + b"9" * 1_000_000)),
        "not readable as JSON",
    ),
    "a manifest with a list of trusted names": (
        manifest(lambda plain: plain.update(trusted=["posix.system"])),
        "`trusted`: Extra inputs",
    ),
    "a format of the future": (manifest(lambda plain: plain.update(format=2)), "use a newer hookline"),
    "a format that is a word": (manifest(lambda plain: plain.update(format="1")), "`format`"),
    "the manifest of another version": (
        manifest(lambda plain: plain.update(version="20200101T000000Z-00000000")),
        "holds the manifest of 20200101T000000Z-00000000",
    ),
    "another contract": (
        manifest(lambda plain: plain["contract"]["input_features"].pop()),
        "is not the one its fingerprint was made of",
    ),
    "a contract that is none": (
        manifest(lambda plain: plain["contract"].update(input_features=[])),
        "`input_features` is empty",
    ),
    "no classes": (manifest(lambda plain: plain.update(classes=None)), "a classification has classes"),
    "a class too many": (
        manifest(lambda plain: plain["classes"].append("maybe")),
        "does not fit the version's 3 classes",
    ),
    "a graph that is not there": (
        manifest(lambda plain: plain["compiled"].update(file="other.onnx")),
        "files does not list other.onnx",
    ),
    "a native file of another kind": (
        manifest(lambda plain: plain["native"].update(format="joblib")),
        "model.skops is not joblib",
    ),
    "golden rows that lie": (
        golden(lambda plain: plain["answers"]["labels"].reverse()),
        "does not reproduce the labels of its golden rows",
    ),
    "golden probabilities that lie": (
        golden(lambda plain: plain["answers"]["probabilities"][3].reverse()),
        "does not reproduce the probabilities of its golden rows (row 3",
    ),
    "no golden rows": (golden(lambda plain: plain["rows"].clear()), "golden.json is unusable"),
    "golden rows of another contract": (
        golden(lambda plain: plain["rows"][0].update(more=1)),
        "its rows are not rows of the contract",
    ),
    "golden rows without answers": (
        golden(lambda plain: plain["answers"].clear()),
        "the answers are missing",
    ),
    "fewer golden answers than rows": (
        golden(lambda plain: plain["answers"]["labels"].pop()),
        "it has 10 rows and 9 answers",
    ),
    "a graph with data in another file": (
        graph(lambda: onnx_graph(external="../../../etc/passwd")),
        "it has data in another file",
    ),
    "a graph with operators of its own": (
        graph(lambda: onnx_graph(domain="evil")),
        "operators of the domain 'evil'",
    ),
    "a graph with operators beyond the standard": (
        graph(lambda: onnx_graph(domain="com.microsoft")),
        "operators of the domain 'com.microsoft'",
    ),
    "a graph with functions of its own": (
        graph(lambda: onnx_graph(function=True)),
        "it has functions of its own",
    ),
    "a graph in another format": (
        graph(lambda: b"\x20\x00\x00\x00ORTM" + bytes(100)),
        "onnxruntime's own format",
    ),
    "a graph that is none": (graph(lambda: b"\x08\x08" + b"\xff" * 20), "it is not an ONNX graph"),
    "a graph that says nothing of itself": (graph(onnx_graph), "the graph has format None"),
    "a graph that onnxruntime does not know": (
        graph(lambda: onnx_graph(version=99)),
        "onnxruntime cannot load the graph",
    ),
    "an empty graph": (graph(lambda: b""), "it is not an ONNX graph"),
}


@pytest.mark.parametrize(("forge", "words"), CASES.values(), ids=CASES.keys())
def test_a_hostile_version_is_refused_and_nothing_of_it_has_run(
    forge: Forge, words: str, store: ModelStore, parts: Parts, policy: LoadPolicy, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    version = parts.publish(store).version
    forge(store, version, canary)
    with pytest.raises(ModelError, match=re.escape(words)) as refused:
        load_model(store, version, replace(policy, max_file_bytes=1_000_000))
    assert "\n" not in str(refused.value)
    assert re.search(r"[;:(] .*(train|get|use|set|check|copy|give|remove|raise)", str(refused.value)), (
        "no remedy"
    )
    assert not canary.exists()


def test_joblib_is_loaded_where_the_project_allows_it(
    store: ModelStore, parts: Parts, policy: LoadPolicy, tmp_path: Path
) -> None:
    """Show that the gadget works, and that the setting is what keeps it from running."""
    version = native_only(parts).publish(store).version
    canary = tmp_path / "canary"
    joblib_file(store, version, canary)
    with pytest.raises(HooklineError):  # what it holds is no model
        load_model(store, version, replace(policy, allow_joblib=True))
    assert canary.exists()


def test_a_hidden_folder_in_the_store_is_never_a_version(store: ModelStore, parts: Parts) -> None:
    version = parts.publish(store).version
    (store.directory / version).rename(store.directory / f".draft-{version}")
    assert store.names() == []


@pytest.mark.parametrize("name", ["../outside", "/etc", "..", "", "."])
def test_a_name_that_is_a_path_is_never_opened(store: ModelStore, parts: Parts, name: str) -> None:
    parts.publish(store)
    with pytest.raises(ModelError, match="there is no version"):
        store.open(name)


def test_a_folder_that_is_a_file_is_refused(store: ModelStore, parts: Parts) -> None:
    parts.publish(store)
    (store.directory / "20200101T000000Z-00000000").write_text("")
    with pytest.raises(UnsafeModelError, match="cannot be opened: Not a directory"):
        store.open("20200101T000000Z-00000000")
