"""Around every call of a user's hook: whatever goes wrong inside names the hook, the line and the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hookline.errors import HookError, HooklineError
from hookline.hooks.fault import Fault
from hookline.hooks.place import place_of_error, place_of_hook
from hookline.hooks.surface import surface

__all__ = ["hook_call", "in_words", "remedy_for"]

_REMEDIES: tuple[tuple[type[BaseException], str], ...] = (
    (NotImplementedError, "write the hook; docs/hooks.md has a short starter"),
    (ImportError, "correct the import, or install the version of the package that has it"),
    (SystemExit, "raise an error instead of leaving the program"),
    (FileNotFoundError, "build the path from `Path(__file__)`; commands are run from other folders too"),
    (KeyError, "look at the spelling: there is not a column, or key, of this name"),
    (MemoryError, "take less at a time: fewer rows, smaller dtypes, sparse columns"),
    (RecursionError, "look for a function that calls itself without end"),
)


@contextmanager
def hook_call(hook: str) -> Iterator[None]:
    """Turn any error of the user's code into a HookError that says where and what to do.

    Errors that are sentences of ours already, and Ctrl-C, pass as they are.
    """
    try:
        yield
    except HooklineError:
        raise
    except (Exception, SystemExit) as error:
        raise HookError(_fault(hook, error)) from error


def in_words(error: BaseException) -> str:
    """Name an error in one line, as the last line of a traceback does."""
    text = " ".join(str(error).split())
    if isinstance(error, SystemExit):
        return f"SystemExit({text})"
    if len(text) > 300:
        text = text[:297] + "..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def remedy_for(error: BaseException) -> str:
    """Say what to do about an error in user code."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.split(".")[0]
        if top == "source":
            return f"write {error.name.replace('.', '/')}.py, or mend the import"
        return (
            f"`pip install` what brings `{top}`, and add it to the project's dependencies (then `make lock`)"
        )
    if type(error).__name__ == "NotFittedError":  # by name: scikit-learn may not be installed here
        return "fit before use: transformers in fit_X, the model in train_model"
    for kind, remedy in _REMEDIES:
        if isinstance(error, kind):
            return remedy
    return "mend this line; `hookline check` runs each hook alone on a few rows"


def _fault(hook: str, error: BaseException) -> Fault:
    known = surface(hook)
    return Fault(
        hook=hook,
        where=place_of_error(error) or place_of_hook(hook),
        expected=known.answer if known else "no error",
        came=in_words(error),
        remedy=remedy_for(error),
    )
