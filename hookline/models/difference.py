"""Compare two versions: what a person wants to know before promoting one in place of the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hookline.contract.diff import Change, Side, diff
from hookline.models.manifest import Manifest

__all__ = ["Difference", "compare"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold what differs. In every mapping: name → (old, new), None where one side has none."""

    old: Manifest
    new: Manifest
    metrics: dict[str, tuple[float | None, float | None]]
    contract: list[Change]
    data: dict[str, tuple[Any, Any]]
    predictor: dict[str, tuple[Any, Any]]
    libraries: dict[str, tuple[str | None, str | None]]
    files: dict[str, tuple[int | None, int | None]]

    def plain(self) -> dict[str, Any]:
        """Return what `hookline models diff --json` prints."""
        sections = {
            name: getattr(self, name) for name in ("metrics", "data", "predictor", "libraries", "files")
        }
        pairs = {
            section: [{"name": name, "old": old, "new": new} for name, (old, new) in content.items()]
            for section, content in sections.items()
        }
        changes = [
            {"where": c.where, "kind": c.kind, "what": c.what, "verdict": c.verdict, "why": c.why}
            for c in self.contract
        ]
        return {"old": self.old.version, "new": self.new.version, **pairs, "contract": changes}


def compare(old: Manifest, new: Manifest) -> Difference:
    """Compare two versions. Metrics are listed also where they are equal; the rest only where it differs."""
    return Difference(
        old=old,
        new=new,
        metrics=_pairs(old.metrics, new.metrics),
        contract=diff(Side(old.read_contract(), old.classes), Side(new.read_contract(), new.classes)),
        data=_changed(_data(old), _data(new)),
        # How long a row took is part of the reason and never the same twice.
        predictor={} if _same_predictor(old, new) else _pairs(_predictor(old), _predictor(new)),
        libraries=_changed({"python": old.python, **old.libraries}, {"python": new.python, **new.libraries}),
        files=_changed(_sizes(old), _sizes(new)),
    )


def _data(manifest: Manifest) -> dict[str, Any]:
    commit = manifest.git.commit if manifest.git else None
    return {"rows": manifest.data.rows, "fingerprint": manifest.data.fingerprint, "commit": commit}


def _predictor(manifest: Manifest) -> dict[str, Any]:
    compiled = manifest.compiled
    return {"kind": manifest.predictor, "reason": compiled.reason, "file": manifest.native.file}


def _same_predictor(old: Manifest, new: Manifest) -> bool:
    return (old.predictor, old.native.file) == (new.predictor, new.native.file)


def _sizes(manifest: Manifest) -> dict[str, int]:
    return {name: facts.size for name, facts in manifest.files.items()}


def _pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (old.get(name), new.get(name)) for name in dict.fromkeys((*old, *new))}


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: pair for name, pair in _pairs(old, new).items() if pair[0] != pair[1]}
