"""Hold what the user's files define against the shape a hook must have."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from hookline.errors import HookError
from hookline.hooks.call import hook_call
from hookline.hooks.fault import Fault
from hookline.hooks.place import place_of_hook, place_of_object
from hookline.hooks.surface import Surface, file_of
from hookline.words import closest

__all__ = ["find", "find_class", "find_method", "make", "require_parameters"]


def find(module: ModuleType, name: str, *, kind: str) -> Any:
    """Return what the module calls `name`, or say what it defines instead."""
    if hasattr(module, name):
        return getattr(module, name)
    like = closest(name, [each for each in vars(module) if not each.startswith("_")])
    raise HookError(
        Fault(
            hook=name,
            where=file_of(module.__name__),
            expected=f"a {kind} `{name}`",
            came=f"no such name; the file has `{like}`" if like else "no such name",
            remedy=f"rename `{like}` to `{name}`"
            if like
            else f"define `{name}`; docs/hooks.md has a short starter",
        )
    )


def find_class(module: ModuleType, name: str) -> Callable[[], Any]:
    """Return a hook class of the user's own."""
    found = find(module, name, kind="class")
    if not callable(found):
        raise HookError(
            Fault(
                hook=name,
                where=file_of(module.__name__),
                expected=f"a class `{name}`",
                came=f"{_a(found)}",
                remedy=f"write `class {name}:`",
            )
        )
    if getattr(found, "__module__", "").split(".")[0] == "hookline":
        raise HookError(
            Fault(
                hook=name,
                where=file_of(module.__name__),
                expected="a class of your own: a model file holds nothing of hookline",
                came="hookline's base class itself",
                remedy=f"write `from hookline import {name} as Base` and `class {name}(Base): pass`",
            )
        )
    return found  # type: ignore[no-any-return]


def make(cls: Callable[[], Any], name: str) -> Any:
    """Make an object of a hook class; it is made without arguments."""
    hook = f"{name}()"
    signature = inspect.signature(cls)
    try:
        signature.bind()
    except TypeError as error:
        raise HookError(
            Fault(
                hook=hook,
                where=place_of_object(getattr(cls, "__init__", None)) or place_of_hook(name),
                expected="a constructor without arguments",
                came=f"`{name}{signature}`",
                remedy="give every argument a default; hookline makes the object itself",
            )
        ) from error
    with hook_call(hook):
        return cls()


def find_method(instance: Any, hook: Surface) -> Callable[..., Any]:
    """Return a method of a hook object."""
    owner, name = hook.name.split(".")
    method = getattr(instance, name, None)
    if method is None:
        raise HookError(
            Fault(
                hook=hook.name,
                where=place_of_hook(owner),
                expected=f"a method `{hook.definition}`",
                came="a class without it",
                remedy=f"write it, or inherit the default: `from hookline import {owner} as Base`, "
                f"`class {owner}(Base):`",
            )
        )
    return require_callable(method, hook)


def require_callable(found: Any, hook: Surface) -> Callable[..., Any]:
    """Return `found` if it can be called as a plain function."""
    if not callable(found):
        came = _a(found)
    elif inspect.iscoroutinefunction(found) or inspect.isgeneratorfunction(found):
        came = "an async function" if inspect.iscoroutinefunction(found) else "a generator (it has `yield`)"
    else:
        return found  # type: ignore[no-any-return]
    raise HookError(
        Fault(
            hook=hook.name,
            where=place_of_hook(hook.name),
            expected=f"a plain function `{hook.definition}`",
            came=came,
            remedy="write it with `def` and `return`",
        )
    )


def require_parameters(function: Callable[..., Any], hook: Surface) -> None:
    """Say if a hook cannot be called with what it is given."""
    signature = inspect.signature(function)
    try:
        signature.bind(*hook.parameters)
    except TypeError as error:
        raise HookError(wrong_parameters(signature, hook)) from error


def wrong_parameters(signature: inspect.Signature, hook: Surface) -> Fault:
    """Say which parameters a hook has, and which it must have."""
    own = ["self"] if hook.owner else []
    names = ", ".join([*own, *(str(parameter) for parameter in signature.parameters.values())])
    return Fault(
        hook=hook.name,
        where=place_of_hook(hook.name),
        expected=f"`{hook.definition}`",
        came=f"`def {hook.name.split('.')[-1]}({names})`",
        remedy="change the parameters; hookline passes them by position",
    )


def _a(value: Any) -> str:
    return f"a {type(value).__name__}: {str(value)[:60]}"
