"""Look at the locks: whether the environment is what they say, and vendor/ what they allow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path

from hookline.doctor.finding import Finding
from hookline.words import counted, listed

__all__ = ["environment", "vendored"]

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(?: *(;))?", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(slots=True)
class _Pins:
    """Hold the versions that a lock has for a package, and whether every machine gets one."""

    versions: set[str] = field(default_factory=set)
    everywhere: bool = False


def environment(root: Path) -> Finding:
    """Look whether the project's .venv holds what locks/train.txt says."""
    lock, venv = root / "locks" / "train.txt", root / ".venv"
    if not lock.is_file():
        return Finding(
            "project", "environment", "note", "there is no locks/train.txt to hold it against", "make setup"
        )
    if not venv.is_dir():
        return Finding("project", "environment", "note", "there is no .venv yet", "make setup")
    here, wanted = _installed(venv), _locked(lock.read_text(encoding="utf-8"))
    missing = [name for name, pins in wanted.items() if pins.everywhere and name not in here]
    other = [
        f"{name} {here[name]} instead of {listed(sorted(pins.versions))}"
        for name, pins in wanted.items()
        if name in here and here[name] not in pins.versions
    ]
    if missing or other:
        seen = [f"other versions than locked: {listed(other, 3)}"] if other else []
        seen += [f"not installed: {listed(missing, 3)}"] if missing else []
        return Finding("project", "environment", "problem", "; ".join(seen), "make clean setup")
    stamps = [stamp for stamp in (venv / ".train", venv / ".dev") if stamp.exists()]
    if stamps and all(stamp.stat().st_mtime < lock.stat().st_mtime for stamp in stamps):
        return Finding("project", "environment", "note", "locks/train.txt is newer than .venv", "make setup")
    return Finding("project", "environment", "fine", f"as locked: {counted(len(wanted), 'package')}")


def vendored(root: Path) -> Iterator[Finding]:
    """Look whether the hookline in vendor/ is the one whose hash is locked; a checkout has none."""
    lock = root / "locks" / "hookline.txt"
    if not lock.is_file():
        return
    hashes = set(_HASH.findall(lock.read_text(encoding="utf-8")))
    wheels = sorted((root / "vendor").glob("hookline-*.whl"))
    restore = "git checkout -- vendor locks"
    if not wheels:
        yield Finding("project", "vendor", "problem", "no wheel of hookline is in vendor/", restore)
        return
    strange = [wheel.name for wheel in wheels if sha256(wheel.read_bytes()).hexdigest() not in hashes]
    if strange:
        seen = f"{listed(strange)} is not the one that locks/hookline.txt allows"
        yield Finding("project", "vendor", "problem", seen, restore)
    else:
        yield Finding("project", "vendor", "fine", f"{wheels[-1].name}, as locked")


def _locked(text: str) -> dict[str, _Pins]:
    found: dict[str, _Pins] = {}
    for name, version, condition in _PINNED.findall(text):
        pins = found.setdefault(_normal(name), _Pins())
        pins.versions.add(version)
        pins.everywhere |= not condition
    return found


def _installed(venv: Path) -> Mapping[str, str]:
    folders = [str(folder) for folder in venv.glob("lib/python*/site-packages")]
    return {_normal(each.name): each.version for each in distributions(path=folders) if each.name}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
