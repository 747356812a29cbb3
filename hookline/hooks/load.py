"""The user's hooks, found, imported and held against their shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hookline.errors import HookError
from hookline.hooks.call import in_words
from hookline.hooks.fault import Fault
from hookline.hooks.loader import Loader
from hookline.hooks.place import place_of_hook
from hookline.hooks.shape import (
    find,
    find_class,
    find_method,
    make,
    require_callable,
    require_parameters,
)
from hookline.hooks.source import import_source
from hookline.hooks.surface import DATA_LOADER, GET_CLASSES, LOAD_DATA, METHODS, TRAIN, TRAIN_MODEL, Surface
from hookline.types import DataLoaderHook, PreprocessorHook

if TYPE_CHECKING:
    from hookline.contract import Contract

__all__ = ["Hooks", "find_function", "find_loader", "find_preprocessor", "load_hooks", "new_preprocessor"]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Hold a project's hooks, ready to be called."""

    root: Path
    contract: Contract
    loader: DataLoaderHook
    preprocessor: Callable[[], PreprocessorHook]
    train_model: Callable[[Any, Any], Any]
    get_classes: Callable[[Any], Any] | None

    def new_preprocessor(self) -> PreprocessorHook:
        """Make a fresh preprocessor that knows the target's name."""
        return new_preprocessor(self.preprocessor, self.contract)


def load_hooks(root: Path, contract: Contract) -> Hooks:
    """Import the project's hooks; raise a HookError that says where, what, and what to do."""
    root = root.resolve()
    loader = find_loader(root)
    preprocessor = find_preprocessor(root, contract)
    return Hooks(
        root=root,
        contract=contract,
        loader=loader,
        preprocessor=preprocessor,
        train_model=find_function(root, TRAIN_MODEL),
        get_classes=find_function(root, GET_CLASSES) if contract.task == "classification" else None,
    )


def find_loader(root: Path) -> DataLoaderHook:
    """Return the project's data loader."""
    cls = find_class(import_source(root, DATA_LOADER), "DataLoader")
    return Loader(find_method(make(cls, "DataLoader"), LOAD_DATA))


def find_preprocessor(root: Path, contract: Contract) -> Callable[[], PreprocessorHook]:
    """Return the project's Preprocessor class, once an object of it has the five methods."""
    cls = find_class(import_source(root, TRAIN), "Preprocessor")
    instance = new_preprocessor(cls, contract)
    for hook in METHODS:
        require_parameters(find_method(instance, hook), hook)
    return cls


def find_function(root: Path, hook: Surface) -> Callable[..., Any]:
    """Return one of the project's hook functions."""
    function = require_callable(find(import_source(root, hook.module), hook.name, kind="function"), hook)
    require_parameters(function, hook)
    return function


def new_preprocessor(cls: Callable[[], Any], contract: Contract) -> PreprocessorHook:
    """Make a preprocessor that knows the target's name."""
    instance = make(cls, "Preprocessor")
    try:
        instance.target_label = contract.target_label
    except AttributeError as error:
        raise HookError(
            Fault(
                hook="Preprocessor.target_label",
                where=place_of_hook("Preprocessor"),
                expected="an object that takes the attribute target_label",
                came=in_words(error),
                remedy="let the class keep attributes: no __slots__, no read-only property",
            )
        ) from error
    return cast("PreprocessorHook", instance)
