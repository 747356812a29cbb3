from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hookline.errors import HookError
from hookline.hooks import load_hooks
from hookline.project import open_project
from hookline.training.classes import class_names


def test_without_the_hook_the_model_itself_names_its_classes(project: Path) -> None:
    hooks = replace(load_hooks(project, open_project(project, {}).contract), get_classes=None)
    assert class_names(hooks, SimpleNamespace(classes_=np.array([0, 1]))) == ("0", "1")
    with pytest.raises(HookError, match=r"get_classes: .* came no hook, and a model without `classes_`"):
        class_names(hooks, SimpleNamespace())
