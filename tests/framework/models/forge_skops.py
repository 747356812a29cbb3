"""Write skops files as an attacker would who knows the format well."""

from __future__ import annotations

import copy
import io
import itertools
import json
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import skops.io
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier

Array: TypeAlias = np.ndarray[Any, Any]
RECORDER = "source.model.train.Recorder"
ROOT_NODE = {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "__id__": 1}
TREE = DecisionTreeClassifier(max_depth=3).fit(np.arange(20.0).reshape(10, 2), [0, 1] * 5)
_IDS = itertools.count(100)


def node(loader: str, name: str, **rest: Any) -> dict[str, Any]:
    """Write a node; the id is one that nothing else has."""
    module, _, kind = name.rpartition(".")
    return {"__class__": kind, "__module__": module, "__loader__": loader, "__id__": next(_IDS), **rest}


def value(content: Any) -> dict[str, Any]:
    return node("JsonNode", "builtins.str", content=json.dumps(content), is_json=True)


def values(*contents: Any) -> dict[str, Any]:
    return node("TupleNode", "builtins.tuple", content=[value(content) for content in contents])


def mapping(content: Mapping[str, Any], key: str = "builtins.str") -> dict[str, Any]:
    types = node("ListNode", "builtins.list", content=[node("TypeNode", key) for _ in content])
    return node("DictNode", "builtins.dict", content=dict(content), key_types=types)


def array(file: str, name: str = "numpy.ndarray") -> dict[str, Any]:
    return node("NdArrayNode", name, type="numpy", file=file)


def skops_file(
    estimator: Mapping[str, Any],
    members: Mapping[str, bytes] = {},
    *,
    protocol: Any = 2,
    compression: int = zipfile.ZIP_STORED,
) -> bytes:
    """Write a skops file that holds no preprocessor and this estimator."""
    content = [value(None), estimator]
    schema = {**ROOT_NODE, "content": content, "protocol": protocol, "_skops_version": "0.16.0"}
    return archive({"schema.json": json.dumps(schema).encode(), **members}, compression)


def archive(members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def npy(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=True)
    return buffer.getvalue()


def npy_header(shape: str, dtype: str = "<f8") -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def reduce(loader: str, name: str, canary: Path) -> dict[str, Any]:
    return node(loader, name, content=value({}), __reduce__={"args": values(str(canary))})


def same_id(canary: Path) -> bytes:
    """Show a harmless list first, and mean it where the types of keys stand: skops takes the first."""
    evil = node("ListNode", "builtins.list", content=[node("TypeNode", RECORDER)])
    harmless = node("ListNode", "builtins.list", content=[node("TypeNode", "builtins.str")])
    harmless["__id__"] = evil["__id__"]
    keys = mapping({str(canary): value(1)})
    keys["key_types"] = harmless
    return skops_file(node("ListNode", "builtins.list", content=[evil, keys]))


def sparse_member(**arrays: bytes) -> bytes:
    buffer = io.BytesIO()
    sparse.save_npz(buffer, sparse.csr_matrix(np.eye(3)), compressed=False)
    with zipfile.ZipFile(buffer) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members |= {f"{name}.npy": data for name, data in arrays.items()}
    return archive(members, zipfile.ZIP_DEFLATED)


def sparse_file(member: bytes) -> bytes:
    matrix = node("SparseMatrixNode", "scipy.sparse._csr.csr_matrix", type="scipy", file="m.npz")
    return skops_file(matrix, {"m.npz": member})


def twice(_: Path) -> bytes:
    buffer = io.BytesIO(skops_file(value(1)))
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "a") as file:
        warnings.simplefilter("ignore")
        file.writestr("schema.json", b"{}")
    return buffer.getvalue()


def on_top(_: Path) -> bytes:
    """List one member's bytes under many names: each of them could be unpacked again."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("schema.json", bytes(100_000))
        for number in range(9):
            again = copy.copy(file.getinfo("schema.json"))
            again.filename = f"{number}.npy"
            file.filelist.append(again)
    return buffer.getvalue()


def changed_arrays(estimator: Any, change: Callable[[Array], Array | None]) -> bytes:
    """Dump an honest estimator and change the arrays of its trees."""
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps((None, estimator)))) as file:
        members = {name: file.read(name) for name in file.namelist()}
    for name in [name for name in members if name.endswith(".npy")]:
        loaded = np.load(io.BytesIO(members[name]))
        if loaded.dtype.names:
            changed = change(loaded)
            members[name] = npy(loaded if changed is None else changed)
    return archive(members)


def outside(nodes: Array) -> None:
    nodes["left_child"][0] = 10_000_000


def in_a_circle(nodes: Array) -> None:
    nodes["left_child"][0] = nodes["right_child"][0] = 0


def strange_feature(nodes: Array) -> None:
    nodes["feature"][0] = 1_000_000


def histogram_outside(nodes: Array) -> None:
    nodes["is_leaf"] = 0
    nodes["left"] = nodes["right"] = 4_000_000_000


def histogram() -> Any:
    X = np.random.default_rng(0).normal(size=(60, 2))
    return HistGradientBoostingClassifier(max_iter=1).fit(X, X[:, 0] > 0)


def generator(name: str) -> dict[str, Any]:
    content = {"bit_generator": mapping({"bit_generator": value(name)}), "seed_seq": mapping({})}
    return node("RandomGeneratorNode", "numpy.random._generator.Generator", content=content)


def deep(levels: int) -> dict[str, Any]:
    inner = value(1)
    for _ in range(levels):
        inner = node("ListNode", "builtins.list", content=[inner])
    return inner
