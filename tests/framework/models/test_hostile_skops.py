"""Model files by somebody who knows skops well: all refused, and nothing of them has run."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io

from hookline.errors import UnsafeModelError
from hookline.hooks.source import import_source
from hookline.models.loading import load_model
from hookline.models.native_file import load_native
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from tests.framework.models.forge import pickled, rewrite
from tests.framework.models.forge_skops import (
    RECORDER,
    TREE,
    archive,
    array,
    changed_arrays,
    deep,
    generator,
    histogram,
    histogram_outside,
    in_a_circle,
    mapping,
    node,
    npy,
    npy_header,
    on_top,
    outside,
    reduce,
    same_id,
    skops_file,
    sparse_file,
    sparse_member,
    strange_feature,
    twice,
    value,
    values,
)
from tests.framework.models.parts import Parts, native_only

FLOATS = npy(np.zeros(3))
FUNCTION = node("FunctionNode", "posix.system")
CASES: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "a pickle under another name": (pickled, "is not a skops file"),
    "an unknown type": (
        lambda _: skops_file(node("ObjectNode", "subprocess.Popen")),
        r"subprocess\.Popen, which this project does not trust",
    ),
    "os.system": (lambda _: skops_file(FUNCTION), r"posix\.system, which"),
    "eval as a type": (lambda _: skops_file(node("TypeNode", "builtins.eval")), r"builtins\.eval"),
    "a function of numpy that writes files": (
        lambda _: skops_file(node("FunctionNode", "numpy.save")),
        r"numpy\.save",
    ),
    "a function of scikit-learn that reads files": (
        lambda _: skops_file(node("FunctionNode", "sklearn.datasets._base.load_files")),
        "load_files",
    ),
    "a trusted class as a function": (
        lambda _: skops_file(node("FunctionNode", RECORDER)),
        "Recorder, which",
    ),
    "partial": (
        lambda c: skops_file(
            node(
                "PartialNode",
                "functools.partial",
                content={
                    "func": FUNCTION,
                    "args": values(f"touch {c}"),
                    "kwds": mapping({}),
                    "namespace": value(None),
                },
            )
        ),
        r"functools\.partial",
    ),
    "a method": (
        lambda _: skops_file(
            node(
                "MethodNode",
                "source.model.train.Preprocessor",
                content={"func": "process_X", "obj": node("ObjectNode", "source.model.train.Preprocessor")},
            )
        ),
        "as MethodNode",
    ),
    "methodcaller": (
        lambda _: skops_file(node("OperatorFuncNode", "operator.methodcaller", attrs=values("system"))),
        "as OperatorFuncNode",
    ),
    "open as a constructor": (
        lambda c: skops_file(node("ConstructorFromReduceNode", "builtins.open", content=values(str(c), "w"))),
        r"builtins\.open",
    ),
    "the project's class as a constructor": (
        lambda c: skops_file(node("ConstructorFromReduceNode", RECORDER, content=values(str(c)))),
        "Recorder, which",
    ),
    "the project's class as a loss": (
        lambda c: skops_file(reduce("LossNode", RECORDER, c)),
        r"Recorder \(as a loss\)",
    ),
    "the project's class in place of a tree": (
        lambda c: skops_file(reduce("TreeNode", RECORDER, c)),
        r"in place of sklearn\.tree",
    ),
    "the project's class as the type of a key": (
        lambda c: skops_file(mapping({str(c): value(1)}, RECORDER)),
        r"Recorder \(as the type of a key\)",
    ),
    "the project's class as a list": (
        lambda _: skops_file(node("ListNode", RECORDER, content=[])),
        r"Recorder \(as ListNode\)",
    ),
    "the project's class as a random state": (
        lambda _: skops_file(node("RandomStateNode", RECORDER, content=mapping({}))),
        r"in place of numpy\.random",
    ),
    "the project's class as an array": (
        lambda _: skops_file(array("a.npy", RECORDER), {"a.npy": FLOATS}),
        r"Recorder \(as an array\)",
    ),
    "a mapped file as an array": (
        lambda _: skops_file(array("a.npy", "numpy.memmap"), {"a.npy": FLOATS}),
        r"numpy\.memmap \(as an array\)",
    ),
    "the project's class as the factory of a defaultdict": (
        lambda _: skops_file(
            node(
                "DefaultDictNode",
                "collections.defaultdict",
                content={"main": mapping({}), "default_factory": node("TypeNode", RECORDER)},
            )
        ),
        r"Recorder \(as the factory of a defaultdict\)",
    ),
    "what source/ imported from elsewhere": (
        lambda _: skops_file(node("FunctionNode", "source.model.train.system")),
        r"source\.model\.train\.system, which",
    ),
    "a module of source/ that nobody imported": (
        lambda _: skops_file(node("ObjectNode", "source.model.danger.Thing")),
        r"source\.model\.danger\.Thing, which",
    ),
    "one id for two things": (same_id, "two different parts have the same id"),
    "a reference to an earlier part": (
        lambda _: skops_file(node("CachedNode", "builtins.list")),
        "as CachedNode",
    ),
    "an older protocol with weaker rules": (
        lambda _: skops_file(value(1), protocol=0),
        "has skops protocol 0, this hookline knows 2",
    ),
    "a bit generator that is a function": (lambda _: skops_file(generator("seed")), "is of no known kind"),
    "a zip bomb": (
        lambda _: skops_file(value(1), {"a.npy": bytes(10_000_000)}, compression=zipfile.ZIP_DEFLATED),
        "is packed, encrypted or a folder",
    ),
    "a zip bomb inside": (
        lambda _: sparse_file(sparse_member(data=npy(np.zeros(2_000_000)))),
        "unpacks to more",
    ),
    "an array larger than memory": (
        lambda _: skops_file(array("a.npy"), {"a.npy": npy_header("(1000000000000,)") + b"1"}),
        "holds an unusable array",
    ),
    "a pickle in an array": (
        lambda c: skops_file(array("a.npy"), {"a.npy": npy(np.array([pickled(c)], dtype=object))}),
        "holds an unusable array",
    ),
    "bytes first, an array later": (
        lambda _: skops_file(
            node(
                "ListNode",
                "builtins.list",
                content=[node("BytesNode", "builtins.bytes", file="a.npy"), array("a.npy")],
            ),
            {"a.npy": npy_header("(1000000000000,)") + b"1"},
        ),
        "holds an unusable array",
    ),
    "a sparse matrix that points outside": (
        lambda _: sparse_file(sparse_member(indices=npy(np.array([0, 1, 9_999_999], dtype=np.int32)))),
        "not as skops writes it",
    ),
    "a sparse matrix with something else in it": (
        lambda _: sparse_file(sparse_member(extra=b"x")),
        "is not a sparse matrix",
    ),
    "a member that nothing refers to": (
        lambda _: skops_file(value(1), {"spare": b"x"}),
        "nothing in it refers to its member 'spare'",
    ),
    "a member that is not there": (lambda _: skops_file(array("../a.npy")), "not one of its members"),
    "a node without a name": (
        lambda _: skops_file({**value(1), "__class__": ""}),
        "a node has no name",
    ),
    "a node with something more": (
        lambda _: skops_file({**value(1), "more": 1}),
        "a JsonNode has 'more'",
    ),
    "absurd depth": (
        lambda _: archive({"schema.json": b'{"a":' * 100_000}),
        "nested too deep",
    ),
    "depth that JSON still reads": (
        lambda _: skops_file(deep(330)),
        "nested too deep",
    ),
    "no schema": (lambda _: archive({"other.json": b"{}"}), r"it has no schema\.json"),
    "half a schema": (
        lambda _: archive({"schema.json": json.dumps({"protocol": 2, "__loader__": "TupleNode"}).encode()}),
        "not as skops writes it",
    ),
    "a plain value that is not plain": (
        lambda _: skops_file({**value(1), "content": [1]}),
        "a plain value is not plain",
    ),
    "a dictionary with fewer types than keys": (
        lambda _: skops_file({**mapping({"a": value(1)}), "content": {"a": value(1), "b": value(2)}}),
        "does not say what its keys are",
    ),
    "a defaultdict of something else": (
        lambda _: skops_file(
            node(
                "DefaultDictNode",
                "collections.defaultdict",
                content={"main": value(1), "default_factory": value(None)},
            )
        ),
        "a defaultdict holds no dictionary",
    ),
    "an unknown named tuple": (
        lambda _: skops_file(node("TupleNode", "os.stat_result", content=[])),
        r"os\.stat_result, which",
    ),
    "a slice of something": (
        lambda _: skops_file(
            node("SliceNode", "builtins.slice", content={"start": [], "stop": 1, "step": None})
        ),
        "a slice has odd ends",
    ),
    "a dtype of something": (
        lambda _: skops_file(node("DTypeNode", "numpy.dtype", content=value(1))),
        "a dtype is not taken from an array",
    ),
    "a random generator of something": (
        lambda _: skops_file(
            node(
                "RandomGeneratorNode",
                "numpy.random._generator.Generator",
                content={"bit_generator": value(1), "seed_seq": mapping({})},
            )
        ),
        "a random generator has no state",
    ),
    "a sparse matrix of another kind": (
        lambda _: skops_file(
            node("SparseMatrixNode", RECORDER, type="scipy", file="m.npz"), {"m.npz": sparse_member()}
        ),
        r"Recorder \(as a sparse matrix\)",
    ),
    "a member twice": (twice, "it names a member twice"),
    "members on top of each other": (on_top, "its members overlap"),
    "a tree with nodes left out": (
        lambda _: changed_arrays(TREE, lambda nodes: nodes[:-1]),
        "points outside itself",
    ),
    "a histogram tree without nodes": (
        lambda _: changed_arrays(histogram(), lambda nodes: nodes[:0]),
        "points outside itself",
    ),
    "a tree that points outside": (lambda _: changed_arrays(TREE, outside), "points outside itself"),
    "a tree that never ends": (lambda _: changed_arrays(TREE, in_a_circle), "points outside itself"),
    "a tree that asks for a strange feature": (
        lambda _: changed_arrays(TREE, strange_feature),
        "points outside itself",
    ),
    "a histogram tree that points outside": (
        lambda _: changed_arrays(histogram(), histogram_outside),
        "points outside itself",
    ),
}


@pytest.fixture
def canary(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name the file that appears when something of a hostile file runs."""
    monkeypatch.chdir(tmp_path)
    (home / "source/model/danger.py").write_text(
        "from pathlib import Path\nPath('canary').touch()\nclass Thing: ...\n"
    )
    return tmp_path / "canary"


@pytest.mark.parametrize(("make", "words"), CASES.values(), ids=CASES.keys())
def test_a_hostile_file_is_refused_and_nothing_of_it_has_run(
    make: Callable[[Path], bytes],
    words: str,
    store: ModelStore,
    parts: Parts,
    policy: LoadPolicy,
    canary: Path,
) -> None:
    version = native_only(parts).publish(store).version
    rewrite(store, version, {"model.skops": make(canary)})
    store.verify(version)  # the attacker has written fitting digests
    with pytest.raises(UnsafeModelError, match=words) as refused:
        load_model(store, version, replace(policy, max_file_bytes=8_000_000))
    assert "\n" not in str(refused.value)
    assert "train again" in str(refused.value) or "do not use the model" in str(refused.value)
    assert not canary.exists()


@pytest.mark.parametrize(
    "estimator",
    [
        lambda c: node("ConstructorFromReduceNode", RECORDER, content=values(str(c))),
        lambda c: reduce("LossNode", RECORDER, c),
        lambda c: mapping({str(c): value(1)}, RECORDER),
    ],
    ids=["constructor", "loss", "key type"],
)
def test_without_our_check_the_same_file_does_run(
    estimator: Callable[[Path], dict[str, Any]], home: Path, canary: Path
) -> None:
    import_source(home, "source.model.train")
    data = skops_file(estimator(canary))
    with contextlib.suppress(Exception):  # what comes of it does not matter, what ran does
        skops.io.loads(data, trusted=[RECORDER])
    assert canary.exists()


def test_a_file_cannot_bring_its_own_list_of_trusted_names(
    store: ModelStore, parts: Parts, policy: LoadPolicy
) -> None:
    with zipfile.ZipFile(io.BytesIO(skops_file(node("ObjectNode", "subprocess.Popen")))) as file:
        schema = json.loads(file.read("schema.json"))
    schema["trusted"] = ["subprocess.Popen"]
    version = native_only(parts).publish(store).version
    rewrite(store, version, {"model.skops": archive({"schema.json": json.dumps(schema).encode()})})
    with pytest.raises(UnsafeModelError, match="a TupleNode has 'trusted'"):
        load_model(store, version, policy)


def test_a_name_listed_by_the_project_is_trusted(policy: LoadPolicy) -> None:
    data = skops_file(node("FunctionNode", "numpy.clip"))
    with pytest.raises(UnsafeModelError, match=r"numpy\.clip"):
        load_native(data, policy)
    assert load_native(data, replace(policy, trusted=("numpy.clip",)))[1] is np.clip


def test_a_function_of_the_project_is_trusted(policy: LoadPolicy) -> None:
    halve = load_native(skops_file(node("FunctionNode", "source.model.train.halve")), policy)[1]
    assert halve(4) == 2
    assert halve.__module__ in sys.modules


def test_a_class_of_a_project_needs_that_project() -> None:
    data = skops_file(node("ObjectNode", "source.model.train.Preprocessor"))
    with pytest.raises(UnsafeModelError, match="load it from that project's folder"):
        load_native(data, LoadPolicy())


def test_a_description_that_would_fill_the_memory_is_not_read(
    policy: LoadPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookline.models.skops_zip._LARGEST_SCHEMA", 1000)
    with pytest.raises(UnsafeModelError, match=r"its description has .* bytes, more than 1000"):
        load_native(skops_file(values(*range(20))), policy)


def test_a_file_with_other_contents_is_refused(policy: LoadPolicy) -> None:
    data = archive({"schema.json": json.dumps({**value(1), "protocol": 2}).encode()})
    with pytest.raises(UnsafeModelError, match="does not hold a preprocessor and an estimator"):
        load_native(data, policy)
