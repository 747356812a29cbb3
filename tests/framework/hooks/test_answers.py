from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hookline.errors import HookError
from hookline.hooks import class_names


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (["no", "yes"], ("no", "yes")),
        ([0, 1], ("0", "1")),
        (np.array([0, 1]), ("0", "1")),
        (np.array(["no", "yes"]), ("no", "yes")),
        ([False, True], ("False", "True")),
        (iter(["no", "yes"]), ("no", "yes")),
    ],
    ids=["strings", "ints", "int array", "string array", "bools", "iterator"],
)
def test_class_names_become_text(answer: Any, names: tuple[str, ...]) -> None:
    assert class_names(lambda _: answer, SimpleNamespace(classes_=np.array([0, 1]))) == names


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (3, "came an int"),
        ([0.5, float("nan")], "came a float among the names"),
        ([["no"], ["yes"]], "came a list of 1 among the names"),
        (["a", "b"] * 6, "came 'a' twice"),
        ([f"class {n}" for n in range(12)], "class 4 and 7 more"),
    ],
    ids=["number", "NaN", "nested", "twice", "many"],
)  # fmt: skip
def test_what_cannot_name_classes_is_refused(answer: Any, words: str) -> None:
    with pytest.raises(HookError) as caught:
        class_names(lambda _: answer, SimpleNamespace(classes_=np.array([0, 1])))
    assert words in str(caught.value)


def test_names_in_an_order_that_the_model_does_not_have_are_refused_only_if_they_are_its_own() -> None:
    model = SimpleNamespace(classes_=np.array([0, 1]))
    assert class_names(lambda _: ["one", "zero"], model) == ("one", "zero")
    with pytest.raises(HookError, match=r"the order of model.classes_: 0, 1"):
        class_names(lambda _: [1, 0], model)
