"""What the steps of a check work on and hand to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hookline.project import Project
from hookline.types import DataLoaderHook, PreprocessorHook

if TYPE_CHECKING:
    import pandas as pd

    from hookline.contract import Contract

__all__ = ["Bench"]


@dataclass
class Bench:
    """Hold what earlier steps made; a step runs only when those it needs have passed."""

    project: Project
    n_rows: int

    contract: Contract = field(init=False)
    loader: DataLoaderHook = field(init=False)
    new_preprocessor: Callable[[], PreprocessorHook] = field(init=False)
    train_model: Callable[[Any, Any], Any] = field(init=False)
    get_classes: Callable[[Any], Any] = field(init=False)

    loaded: pd.DataFrame = field(init=False)
    data: pd.DataFrame = field(init=False)
    whole: bool = field(init=False, default=False)
    """Whether `data` was picked from everything the loader has."""

    preprocessor: PreprocessorHook = field(init=False)
    X: pd.DataFrame = field(init=False)
    y: Any = field(init=False)
    processed: Any = field(init=False)
    y_processed: Any = field(init=False)
    model: Any = field(init=False)
