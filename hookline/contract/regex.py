"""The one reading of `pattern`: by pydantic-core's engine, in training, checks and requests alike.

Its time grows with the text only, so no caller can stall the service with a clever value. It knows neither
look-around nor back-references; a pattern that Python's `re` does not know either way is refused as well.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

__all__ = ["matcher", "pattern_fault"]


@lru_cache(maxsize=1024)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Return the function that tells whether `pattern` matches somewhere in a text."""
    return SchemaValidator(core_schema.str_schema(pattern=pattern, strict=True)).isinstance_python


def pattern_fault(pattern: str) -> str | None:
    """Say why `pattern` cannot be used; None if it can."""
    try:
        matcher(pattern)
    except SchemaError as error:
        return str(error).splitlines()[-1].strip(" .").removeprefix("SchemaError: ").removeprefix("error: ")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python warns where engines differ, as in `[[:alpha:]]`
            re.compile(pattern)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        return f"{error}"
    return None
