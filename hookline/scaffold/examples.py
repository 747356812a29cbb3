"""The ready-made examples: whole sets of hooks with their data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from hookline.contract import parse_contract_text
from hookline.errors import ProjectError
from hookline.scaffold.request import REQUEST, request_text
from hookline.scaffold.settings import settings_text
from hookline.scaffold.yours import Yours
from hookline.words import closest, listed

__all__ = ["EXAMPLES", "example", "examples_folder"]

EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "iris": "classification of flowers by four lengths: the smallest that is trained",
        "housing": "regression: prices of houses in made-up districts",
        "breast-cancer": "classification by six features, decided by three models that vote",
        "credit": "categories, nulls, dates, personal data, and few rows of the class that matters",
        "score": "a rule of one line instead of a trained model",
    }
)
"""What there is, in the order of a first look."""

_SETTINGS: Mapping[str, Mapping[str, object]] = {"credit": {"service.ID_NAME": "application"}}
_WITHIN = Path(__file__).resolve().parent


def example(name: str) -> Yours:
    """Return the files of an example."""
    if name not in EXAMPLES:
        like = closest(name, EXAMPLES)
        hint = f"did you mean {like}?" if like else f"there are: {listed(EXAMPLES)}"
        raise ProjectError(f"there is no example {name!r}; {hint}")
    files = dict(_files(examples_folder() / name.replace("-", "_")))
    contract = files["source/model/features.yaml"]
    assert isinstance(contract, str)  # noqa: S101 - for the type checker; _files reads YAML as text
    files.setdefault(REQUEST, request_text(parse_contract_text(contract)))
    if name in _SETTINGS:
        files["config.yaml"] = settings_text(_SETTINGS[name])
    return Yours(name, files)


def examples_folder() -> Path:
    """Return the folder of the examples: beside this file in a wheel, beside the package in a checkout."""
    for folder in (_WITHIN / "examples", _WITHIN.parent.parent / "examples"):
        if (folder / "iris").is_dir():
            return folder
    raise ProjectError(f"the examples are not at {_WITHIN / 'examples'}; install hookline anew")


def _files(folder: Path) -> Iterator[tuple[str, str | bytes]]:
    for path in sorted(_below(folder)):
        content = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        yield name, content.decode() if path.suffix in (".py", ".yaml", ".json") else content


def _below(folder: Path) -> Iterator[Path]:
    # By hand, because rglob passes by folders that are links: iris is the root's own source.
    for path in folder.iterdir():
        if path.is_dir() and path.name != "__pycache__":
            yield from _below(path)
        elif path.is_file():
            yield path
