"""The user's load_data, asked in the way it can be asked."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hookline.errors import HookError
from hookline.hooks.call import hook_call
from hookline.hooks.fault import Fault
from hookline.hooks.place import place_of_hook
from hookline.hooks.shape import wrong_parameters
from hookline.hooks.surface import LOAD_DATA

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Loader"]


class Loader:
    """Ask the user's loader for rows, whether or not it knows `n_rows`."""

    def __init__(self, load_data: Callable[..., Any]) -> None:
        self._load_data = load_data
        self._knows_n_rows = _knows_n_rows(load_data)

    def load_data(self, n_rows: int | None = None) -> pd.DataFrame:
        """Return the user's frame; at most `n_rows` rows if given, spread over all of it."""
        with hook_call(LOAD_DATA.name):
            known = n_rows is not None and self._knows_n_rows
            data = self._load_data(n_rows=n_rows) if known else self._load_data()
        _require_frame(data)
        if n_rows is None or len(data) <= n_rows:
            return data  # type: ignore[no-any-return]
        # Evenly spread, not the head: data sorted by target would lose whole classes.
        return data.iloc[[i * len(data) // n_rows for i in range(n_rows)]]  # type: ignore[no-any-return]


def _knows_n_rows(load_data: Callable[..., Any]) -> bool:
    signature = inspect.signature(load_data)
    ways: tuple[dict[str, int], ...] = ({"n_rows": 1}, {})
    for keywords in ways:
        try:
            signature.bind(**keywords)
        except TypeError:
            continue
        return bool(keywords)
    raise HookError(wrong_parameters(signature, LOAD_DATA))


def _require_frame(data: Any) -> None:
    import pandas as pd  # noqa: PLC0415 - a served model needs the hooks' package, not pandas

    if isinstance(data, pd.DataFrame):
        return
    raise HookError(
        Fault(
            hook=LOAD_DATA.name,
            where=place_of_hook(LOAD_DATA.name),
            expected=LOAD_DATA.answer,
            came="None (no `return`?)" if data is None else f"a {type(data).__name__}",
            remedy="return one frame, such as `pd.read_csv(...)`",
        )
    )
