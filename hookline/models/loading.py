"""Load a version: description, files, libraries, then the model itself, then its golden rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hookline.contract import Contract
from hookline.errors import HooklineError, ModelError, UnsafeModelError
from hookline.hooks.call import in_words
from hookline.models.folder import Folder
from hookline.models.golden import TOLERANCE, GoldenRows
from hookline.models.graph_check import check_graph
from hookline.models.libraries import check_libraries
from hookline.models.manifest import GOLDEN, Manifest
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from hookline.models.verify import read_description, verify_files
from hookline.types import Predictor

__all__ = ["LoadedModel", "Use", "contract_difference", "load_model"]

Use: TypeAlias = Literal["best", "compiled", "native"]


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """Hold a model that was verified and answers columns."""

    manifest: Manifest
    contract: Contract
    predictor: Predictor
    golden: GoldenRows = field(repr=False)

    def close(self) -> None:
        """Release what the predictor holds."""
        self.predictor.close()


def load_model(
    store: ModelStore,
    version: str | None = None,
    policy: LoadPolicy = LoadPolicy(),  # noqa: B008 - frozen
    *,
    use: Use = "best",
    threads: int = 1,
    bulk: bool = False,
) -> LoadedModel:
    """Load a version, the current one unless named; refuse it with a sentence unless everything holds.

    With `bulk` its graph is made for many rows at a time: see `Graph`.
    """
    with store.open(version) as folder:
        parts = _read(folder, policy, use)
    manifest = parts.manifest
    contract = manifest.read_contract()
    golden = GoldenRows.from_bytes(parts.golden, contract)
    if manifest.classes:
        golden.require_classes(len(manifest.classes))
    check_libraries(manifest, "compiled" if parts.native is None else "native", policy.library_versions)
    if parts.graph is not None:
        check_graph(parts.graph, f"{manifest.version}/{manifest.compiled.file}")
    predictor = _predictor(parts, contract, policy, threads, bulk=bulk)
    try:
        golden.verify(predictor, tolerance=TOLERANCE["native" if parts.graph is None else "compiled"])
    except BaseException:
        predictor.close()
        raise
    return LoadedModel(manifest, contract, predictor, golden)


def contract_difference(manifest: Manifest, contract: Contract) -> str | None:
    """Say that the project's features.yaml is no longer the one the version was trained for."""
    if contract.fingerprint == manifest.contract_fingerprint:
        return None
    return (
        f"source/model/features.yaml has changed since {manifest.version} was trained, which keeps to its "
        "own contract; train again with `hookline train`"
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """Hold the verified bytes that are needed: native file, graph, or both."""

    manifest: Manifest
    golden: bytes = field(repr=False)
    native: bytes | None = field(repr=False)
    graph: bytes | None = field(repr=False)


def _read(folder: Folder, policy: LoadPolicy, use: Use) -> _Parts:
    manifest = read_description(folder, policy.signature).manifest
    if use == "compiled" and manifest.predictor != "compiled":
        raise ModelError(
            f"{manifest.version} has no compiled graph that stands alone ({manifest.compiled.reason}); "
            "load it natively"
        )
    stands_alone = use != "native" and manifest.predictor == "compiled"
    native = None if stands_alone else manifest.native.file
    graph = manifest.compiled.file if manifest.compiled.adopted and use != "native" else None
    needed = {name for name in (GOLDEN, native, graph) if name is not None}
    for name in needed:
        _require_size(manifest, name, policy.max_file_bytes)
    # An image that serves the graph need not carry the native file.
    absent = {manifest.native.file} - needed - set(folder.names())
    verify_files(folder, manifest, but=needed | absent)
    data = {name: folder.read_checked(name, manifest.files[name]) for name in sorted(needed)}
    return _Parts(manifest, data[GOLDEN], data.get(native or ""), data.get(graph or ""))


def _require_size(manifest: Manifest, name: str, most: int) -> None:
    size = manifest.files[name].size
    if size > most:
        raise UnsafeModelError(
            f"{manifest.version}/{name} has {size} bytes, more than models.max_file_bytes ({most}); "
            "raise that setting if the model is meant to be so large"
        )


def _predictor(
    parts: _Parts, contract: Contract, policy: LoadPolicy, threads: int, *, bulk: bool
) -> Predictor:
    try:
        if parts.native is None and parts.graph is not None:
            from hookline.models.compiled import CompiledPredictor  # noqa: PLC0415 - onnxruntime, if needed

            return CompiledPredictor(contract, parts.graph, threads=threads, bulk=bulk)
        return _native(parts, contract, policy, threads, bulk=bulk)
    except HooklineError:
        raise
    except Exception as error:
        raise UnsafeModelError(
            f"{parts.manifest.version} cannot be loaded ({in_words(error)}); train again"
        ) from error


def _native(parts: _Parts, contract: Contract, policy: LoadPolicy, threads: int, *, bulk: bool) -> Predictor:
    from hookline.models.native import NativePredictor  # noqa: PLC0415 - pandas; a graph alone needs none
    from hookline.models.native_file import load_native  # noqa: PLC0415 - scikit-learn; see above

    data = parts.native or b""
    preprocessor, estimator = load_native(data, policy, name=parts.manifest.native.file)
    return NativePredictor(contract, preprocessor, estimator, parts.graph, threads=threads, bulk=bulk)
