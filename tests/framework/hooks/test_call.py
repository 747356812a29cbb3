from __future__ import annotations

from pathlib import Path

import pytest

from hookline.contract import parse_contract
from hookline.errors import DataError, HookError
from hookline.hooks import hook_call, load_hooks
from tests.framework.helpers import LOADER, make_project


@pytest.mark.parametrize(
    ("error", "came", "remedy"),
    [
        (ValueError("two\n  lines"), "ValueError: two lines", "mend this line"),
        (ValueError(), "ValueError", "mend this line"),
        (ValueError("x" * 400), "ValueError: " + "x" * 297 + "...", "mend this line"),
        (KeyError("size"), "KeyError: 'size'", "look at the spelling"),
        (SystemExit(2), "SystemExit(2)", "raise an error instead"),
        (RecursionError("too deep"), "RecursionError: too deep", "calls itself without end"),
        (MemoryError(), "MemoryError", "take less at a time"),
        (ModuleNotFoundError("No module", name="torch.nn"), "No module", "`pip install` what brings `torch`"),
        (ModuleNotFoundError("No module", name="source.x"), "No module", "write source/x.py"),
        (ModuleNotFoundError("odd"), "odd", "correct the import"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_an_error_of_a_hook_is_told_with_its_remedy(error: BaseException, came: str, remedy: str) -> None:
    with pytest.raises(HookError) as caught, hook_call("Preprocessor.fit_X"):
        raise error
    fault = caught.value.args[0]
    assert fault.where == "source/model/train.py"
    assert fault.expected == "nothing; what was learned is kept in self"
    assert came in fault.came
    assert remedy in fault.remedy
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error", [DataError("our own sentence"), KeyboardInterrupt()], ids=["ours", "Ctrl-C"]
)
def test_our_own_sentences_and_ctrl_c_pass_as_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, hook_call("train_model"):
        raise error
    assert caught.value is error


def test_the_innermost_line_of_source_is_named_even_from_a_library(tmp_path: Path) -> None:
    loader = LOADER.replace("return pd.DataFrame(", "return helper(").replace(
        "class DataLoader",
        "def helper(columns):\n    return pd.DataFrame(columns, index=[1])\n\n\nclass DataLoader",
    )
    root = make_project(tmp_path, loader=loader)
    line = loader.splitlines().index("    return pd.DataFrame(columns, index=[1])") + 1
    hooks = load_hooks(root, parse_contract(root / "source/model/features.yaml"))
    with pytest.raises(HookError, match=rf"^source/data/data_loader\.py:{line}: DataLoader.load_data: "):
        hooks.loader.load_data(10)


def test_an_unknown_hook_still_gives_a_sentence() -> None:
    with (
        pytest.raises(
            HookError, match=r"^source/model/train\.py: Preprocessor\(\): expected no error; came "
        ),
        hook_call("Preprocessor()"),
    ):
        raise ValueError
