from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

import hookline

MODULES = sorted(
    info.name
    for info in pkgutil.walk_packages(hookline.__path__, "hookline.")
    if not info.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_exists_and_the_list_is_sorted(name: str) -> None:
    module: ModuleType = importlib.import_module(name)
    public: list[str] = getattr(module, "__all__", [])
    assert [word for word in public if not hasattr(module, word)] == []
    constants = [word for word in public if word.isupper()]
    others = [word for word in public if not word.isupper()]
    assert constants == sorted(constants)
    assert others == sorted(others, key=lambda word: (not word[:1].isupper(), word))
