"""joblib's Dask backend, with the user's own code travelling by value.

Dask pickles by reference whatever can be imported here, and only then thinks of cloudpickle; a worker that
lacks the project's `source` would fail. So everything of a task but its arrays is pickled by value first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cloudpickle

# joblib keeps the class in a private module; its documented door, parallel_config, takes an instance.
from joblib._dask import DaskDistributedBackend

__all__ = ["ByValueBackend"]

# Arrays and frames are scattered once by joblib itself; wrapped, each task would carry its own copy.
_DATA = {"numpy", "pandas", "scipy", "pyarrow"}
_PLAIN = (str, bytes, int, float, bool, type(None))


class ByValueBackend(DaskDistributedBackend):  # type: ignore[misc] # joblib ships no types
    """Run joblib's batches on a Dask cluster that knows nothing of the project."""

    def submit(self, func: Any, callback: Callable[[Any], Any] | None = None) -> Any:
        """Send a batch."""
        func.items = [
            (
                _by_value(function),
                tuple(_by_value(value) for value in args),
                {k: _by_value(v) for k, v in kwargs.items()},
            )
            for function, args, kwargs in func.items
        ]
        sent = super().submit(func, callback)
        if callback is not None:
            # Otherwise nobody calls back, and joblib waits for ever, when a task fails outside the user's
            # code: on a worker that cannot unpickle it, for example.
            sent.add_done_callback(lambda done: done.exception() is None or callback(done.exception()))
        return sent

    def retrieve_result_callback(self, out: Any) -> Any:
        """Return what a task gave, or raise what stopped it."""
        if isinstance(out, BaseException):
            raise out
        return super().retrieve_result_callback(out)


class _ByValue:
    """Become the object itself when unpickled."""

    def __init__(self, value: Any) -> None:
        self.__name__ = getattr(value, "__name__", type(value).__name__)  # for Dask's dashboard
        self._pickled = cloudpickle.dumps(value)

    def __reduce__(self) -> tuple[Callable[[bytes], Any], tuple[bytes]]:
        return cloudpickle.loads, (self._pickled,)


def _by_value(value: Any) -> Any:
    if isinstance(value, _PLAIN) or type(value).__module__.split(".")[0] in _DATA:
        return value
    return _ByValue(value)
