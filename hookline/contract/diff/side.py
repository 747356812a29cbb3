"""One side of a comparison: a features.yaml, or a model version with the classes it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from hookline.contract.contract import Contract
from hookline.contract.parse import contract_from_plain, parse_contract
from hookline.errors import ContractError

__all__ = ["Side", "read_side"]

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Side:
    """Hold a contract, and the classes where a trained model tells them."""

    contract: Contract
    classes: tuple[str, ...] | None = None


def read_side(path: Path) -> Side:
    """Read a features.yaml, a model version's folder, or its manifest.json."""
    if path.is_dir():
        if not (path / MANIFEST).is_file():
            raise ContractError(
                f"{path} is a folder without {MANIFEST}; "
                "name a features.yaml or the folder of a model version"
            )
        path = path / MANIFEST
    if path.suffix == ".json":
        return _read_manifest(path)
    if not path.is_file():
        raise ContractError(f"{path} does not exist; name a features.yaml or the folder of a model version")
    return Side(parse_contract(path, name=str(path)))


def _read_manifest(path: Path) -> Side:
    try:
        manifest = json.loads(path.read_bytes())
        plain, classes = dict(manifest["contract"]), manifest.get("classes")
    except OSError as error:
        raise ContractError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ContractError(
            f"{path} is not the manifest of a model version: no contract is found in it"
        ) from error
    names = tuple(map(str, classes)) if isinstance(classes, list) else None
    return Side(contract_from_plain(plain, name=str(path)), names)
