"""The files are there, can be imported, and define what they must."""

from __future__ import annotations

from functools import partial

from hookline.check.bench import Bench
from hookline.check.steps.step import NotApplicable
from hookline.errors import ContractError, HookError, YamlError
from hookline.hooks import Fault
from hookline.hooks.load import find_function, find_loader, find_preprocessor, new_preprocessor
from hookline.hooks.surface import DATA_LOADER, GET_CLASSES, TRAIN, TRAIN_MODEL, file_of
from hookline.project import CONTRACT_FILE
from hookline.words import counted

_FILES = (file_of(DATA_LOADER), file_of(TRAIN), CONTRACT_FILE.as_posix())


def present(bench: Bench) -> None:
    """Name every file that is missing."""
    missing = [name for name in _FILES if not (bench.project.root / name).is_file()]
    if missing:
        raise HookError(
            Fault(
                hook="source/",
                where=missing[0],
                expected=", ".join(_FILES),
                came=f"no {', no '.join(missing)}",
                remedy="write what is missing; docs/hooks.md has a short starter",
            )
        )


def contract(bench: Bench) -> str:
    """Read features.yaml."""
    try:
        bench.contract = bench.project.contract
    except (ContractError, YamlError) as error:
        raise HookError(_unreadable(str(error))) from error
    return f"{bench.contract.task}, {counted(len(bench.contract.names), 'feature')}"


def loader(bench: Bench) -> None:
    """Import the loader and make one."""
    bench.loader = find_loader(bench.project.root)


def preprocessor(bench: Bench) -> None:
    """Import the preprocessor, make one and look at its methods."""
    cls = find_preprocessor(bench.project.root, bench.contract)
    bench.new_preprocessor = partial(new_preprocessor, cls, bench.contract)


def trainer(bench: Bench) -> None:
    """Import train_model."""
    bench.train_model = find_function(bench.project.root, TRAIN_MODEL)


def namer(bench: Bench) -> None:
    """Import get_classes, which a classification needs."""
    if bench.contract.task == "regression":
        raise NotApplicable("a regression has no classes")
    bench.get_classes = find_function(bench.project.root, GET_CLASSES)


def _unreadable(sentences: str) -> Fault:
    return Fault(
        hook="features.yaml",
        where=sentences.split(": ", 1)[0],
        expected="declarations as docs/contract.md describes them",
        came=sentences,
        remedy=f"correct {CONTRACT_FILE}; docs/contract.md has every word",
    )
