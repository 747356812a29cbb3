"""What a model version says about itself. `model_bin/README.md` has the rules of the format."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from hookline.contract import Contract, contract_from_plain
from hookline.errors import ContractError, ModelError, UnsafeModelError
from hookline.models.strictjson import json_bytes, read_json
from hookline.types import PredictorKind, Task

__all__ = [
    "DIGEST",
    "FORMAT",
    "GOLDEN",
    "GRAPH",
    "MANIFEST",
    "SIGNATURE",
    "VERSION",
    "CompileFacts",
    "DataFacts",
    "FileFacts",
    "GitFacts",
    "Manifest",
    "ManifestFields",
    "NativeFacts",
    "digest_line",
    "is_file_name",
    "is_version",
    "read_manifest",
]

FORMAT = 1
MANIFEST, DIGEST, SIGNATURE = "manifest.json", "manifest.sha256", "manifest.sig"
GOLDEN, GRAPH = "golden.json", "graph.onnx"
VERSION = r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}"

_FILE_NAME = r"[a-z0-9][a-z0-9._-]{0,99}"
FileName: TypeAlias = Annotated[str, StringConstraints(pattern=f"^{_FILE_NAME}$")]
Sha256: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Scores: TypeAlias = dict[str, float | None]
"""Metrics by name; None where a metric does not exist for the data at hand."""


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class FileFacts(_Facts):
    """Say what a file of the version must be."""

    sha256: Sha256
    size: int = Field(ge=0)


class GitFacts(_Facts):
    """Say which commit the version was trained from."""

    commit: str
    dirty: bool


class DataFacts(_Facts):
    """Say what the version was trained on."""

    rows: int = Field(ge=0)
    fingerprint: str


class NativeFacts(_Facts):
    """Say which file holds the preprocessor and the estimator, and how it is written."""

    file: Literal["model.skops", "model.joblib"]
    format: Literal["skops", "joblib"]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.file != f"model.{self.format}":
            raise ValueError(f"{self.file} is not {self.format}")
        return self


class CompileFacts(_Facts):
    """Say whether a compiled graph was proved equal and is used, and why or why not.

    A graph of scope `estimator` stands behind the user's own `process_X`, so it needs the native file too.
    """

    adopted: bool
    reason: str
    scope: Literal["whole", "estimator"] = "whole"
    file: FileName | None = None
    checks: dict[str, JsonValue] = {}


class ManifestFields(_Facts):
    """Hold what training knows about a version; the store adds the rest."""

    contract: Contract
    classes: tuple[str, ...] | None = Field(default=None, strict=False)
    metrics: Scores = {}
    baseline: Scores = {}
    data: DataFacts
    native: NativeFacts
    compiled: CompileFacts
    libraries: dict[str, str]
    git: GitFacts | None = None
    training: dict[str, JsonValue] = {}


class Manifest(_Facts):
    """Describe one version completely."""

    format: Literal[1] = 1
    version: Annotated[str, StringConstraints(pattern=f"^{VERSION}$")]
    model_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    created: Annotated[str, StringConstraints(pattern=r"^[0-9-]{10}T[0-9:.]{8,15}Z$")]
    python: str
    libraries: dict[str, str]
    git: GitFacts | None
    task: Task
    contract: dict[str, JsonValue]
    contract_fingerprint: str
    classes: tuple[str, ...] | None = Field(strict=False)
    metrics: Scores
    baseline: Scores
    data: DataFacts
    native: NativeFacts
    compiled: CompileFacts
    training: dict[str, JsonValue]
    files: dict[FileName, FileFacts]

    def to_bytes(self) -> bytes:
        """Write manifest.json."""
        return json_bytes(self.model_dump(mode="json"))

    @property
    def predictor(self) -> PredictorKind:
        """Name how the version is served."""
        return "compiled" if self.compiled.adopted and self.compiled.scope == "whole" else "native"

    def read_contract(self) -> Contract:
        """Return the contract the version was trained for."""
        return contract_from_plain(self.contract, name=f"the contract of {self.version}")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name in self.files:
            if not is_file_name(name):
                raise ValueError(f"files lists {name!r}, which cannot be the name of a version's file")
        needed = [self.native.file, GOLDEN]
        if self.compiled.adopted:
            if self.compiled.file is None:
                raise ValueError("a graph is adopted, but its file is not named")
            needed.append(self.compiled.file)
        for name in needed:
            if name not in self.files:
                raise ValueError(f"files does not list {name}")
        if (self.task == "classification") != bool(self.classes):
            raise ValueError("a classification has classes, a regression has none")
        return self


def is_version(name: str) -> bool:
    """Tell whether `name` has the form of a version's name."""
    return re.fullmatch(VERSION, name) is not None


def is_file_name(name: str) -> bool:
    """Tell whether a version may hold a file of that name besides those that describe it."""
    return re.fullmatch(_FILE_NAME, name) is not None and name not in (MANIFEST, DIGEST, SIGNATURE)


def digest_line(manifest: bytes) -> bytes:
    """Write manifest.sha256: one line, as `sha256sum -c` reads it."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


def read_manifest(data: bytes, digest: bytes, *, version: str) -> Manifest:
    """Read manifest.json once it is what manifest.sha256 says, byte for byte."""
    if digest != digest_line(data):
        raise UnsafeModelError(
            f"{version}: {MANIFEST} is not what {DIGEST} says; the version was changed or damaged: "
            "get it again, or train again"
        )
    plain = read_json(data, name=f"{version}/{MANIFEST}")
    _know_format(plain, version)
    try:
        manifest = Manifest.model_validate(plain)
        contract = manifest.read_contract()
    except ValidationError as error:
        raise UnsafeModelError(
            f"{version}/{MANIFEST}: {_first(error)}; get the version again, or train again"
        ) from error
    except ContractError as error:
        raise UnsafeModelError(f"{error}; get the version again, or train again") from error
    if manifest.version != version:
        raise UnsafeModelError(
            f"the folder {version} holds the manifest of {manifest.version}; give the folder that name back"
        )
    if (contract.fingerprint, contract.task) != (manifest.contract_fingerprint, manifest.task):
        raise UnsafeModelError(
            f"{version}/{MANIFEST}: the contract is not the one its fingerprint was made of; train again"
        )
    return manifest


def _know_format(plain: dict[str, Any], version: str) -> None:
    number = plain.get("format")
    if isinstance(number, int) and number > FORMAT:
        raise ModelError(
            f"{version} has format {number}; this hookline reads format {FORMAT}: "
            "use a newer hookline, or train again"
        )


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    return f"`{place}`: {message}" if place else message
