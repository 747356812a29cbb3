from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pytest

from hookline.check.finding import Finding
from hookline.check.report import Report
from hookline.check.steps.sample import covering
from hookline.cli import main
from tests.framework.check.inprocess import findings
from tests.framework.helpers import FEATURES, LOADER, TRAIN, make_project
from tests.house import ROOT


def failures(root: Path, n_rows: int = 100) -> list[Finding]:
    """Return what failed."""
    return [each for each in findings(root, n_rows).values() if each.verdict == "failed"]


KEYS = {
    "step", "hook", "tried", "verdict", "where", "expected", "came", "remedy", "remark", "printed", "seconds",
}  # fmt: skip


Command: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a function that runs `hookline check` and gives its exit code, output and errors."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hookline", "check", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        return int(caught.value.code or 0), *capsys.readouterr()

    return run


@pytest.mark.slow
def test_the_iris_example_passes_every_step(command: Command) -> None:
    code, output, errors = command("-C", ROOT)
    assert (code, errors) == (0, "")
    assert output.endswith("\n24 passed\n")
    assert "Preprocessor.process_X   same for one row alone              passed" in output


def test_json_has_one_object_per_step_with_stable_keys(project: Path, command: Command) -> None:
    code, output, _ = command("-C", project, "--json", "--n-rows", "60")
    answer = json.loads(output)
    assert (code, answer["ok"]) == (0, True)
    assert all(set(check) == KEYS for check in answer["checks"])
    by_step = {check["step"]: check for check in answer["checks"]}
    assert by_step["load_data"]["remark"] == "60 rows"


def test_a_failure_exits_with_1_and_prints_place_expectation_and_remedy(
    tmp_path: Path, command: Command
) -> None:
    train = TRAIN.replace(
        "(Base):\n", "(Base):\n    def process_X(self, X):\n        print('X is', len(X))\n\n", 1
    )
    root = make_project(tmp_path, train=train, loader="print('hello')\n" + LOADER)
    code, output, _ = command("-C", root, "--n-rows", "60")
    assert code == 1
    failure = (
        "source/model/train.py:11: Preprocessor.process_X (turns them into model input)\n"
        "  expected  one row of model input per row of X\n"
        "  came      None\n"
        "  next      end the method with `return` and a frame or array\n"
        "  printed\n"
        "    X is 60\n"
    )
    assert failure in output
    assert "DataLoader printed:\n    hello\n" in output
    assert output.count("waits for Preprocessor.process_X") == 11
    assert output.endswith("\n12 passed, 1 failed, 11 skipped\n")


def test_a_mistake_that_fails_several_steps_is_told_once(tmp_path: Path, command: Command) -> None:
    code, output, _ = command("-C", make_project(tmp_path, train="class Preprocessor\n"))
    assert (code, output.count("SyntaxError")) == (1, 1)
    assert output.endswith("\n5 passed, 3 failed, 16 skipped\n")


def test_a_folder_that_is_no_project_is_one_error_line(tmp_path: Path, command: Command) -> None:
    code, _, errors = command("-C", tmp_path)
    assert code == 1
    assert errors.startswith("error: ")
    assert "is not a hookline project" in errors


def test_a_regression_has_nothing_to_name(regression: Path) -> None:
    found = findings(regression)
    assert Report(tuple(found.values())).summary() == "22 passed, 2 skipped"
    assert found["namer"].remark == "a regression has no classes"
    assert found["get_classes"].remark == "a regression has no classes"


SORTED = """\
import numpy as np
import pandas as pd


class DataLoader:
    def load_data(self, n_rows=None):
        size = np.linspace(0, 10, 300)
        label = np.where(size < 8, "small", np.where(size < 9, "large", "huge"))
        plan = ["basic"] * 290 + ["pro", "max"] * 5
        return pd.DataFrame({"size": size, "weight": 1.0, "plan": plan, "label": label}).head(n_rows or 300)
"""
"""The first 100 rows hold one class and one plan."""


@pytest.mark.parametrize("n_rows", [100, 250], ids=["one class of three", "two classes of three"])
def test_a_loader_that_gives_the_first_rows_of_sorted_data_is_not_blamed(tmp_path: Path, n_rows: int) -> None:
    train = TRAIN.replace("list(model.classes_)", "['huge', 'large', 'small']")
    assert failures(make_project(tmp_path, loader=SORTED, train=train), n_rows) == []


def test_data_of_one_class_is_found(tmp_path: Path) -> None:
    (failed,) = failures(make_project(tmp_path, loader=SORTED.replace("< 8", "< 80")))
    assert (failed.step, failed.hook) == ("train_model", "DataLoader.load_data")
    assert (failed.expected, failed.came) == ("a target of two classes or more", "small in every row")


def test_a_class_that_the_data_never_has_is_found(tmp_path: Path) -> None:
    train = TRAIN.replace("return list(model.classes_)", "return ['huge', 'large', 'small', 'tiny']")
    failed = findings(make_project(tmp_path, loader=SORTED, train=train))["get_classes"]
    assert (failed.verdict, failed.came) == ("failed", "4: huge, large, small, tiny")
    assert failed.expected == "3 names, one for each of model.classes_"


def test_a_choice_that_few_rows_have_is_looked_for_in_all_rows(tmp_path: Path) -> None:
    features = FEATURES.replace("    unknown: accept\n    nullable: true\n", "")
    train = TRAIN.replace('handle_unknown="ignore", ', "")
    assert failures(make_project(tmp_path, features=features, loader=SORTED, train=train), 250) == []


ANY_FORM = """\
import numpy as np
import scipy.sparse

from hookline import Preprocessor as Base


class Preprocessor(Base):
    def process_X(self, X):
        return ANSWER


class Model:
    def predict(self, X):
        return np.zeros(X.shape[0] if hasattr(X, "shape") else len(X), dtype=int)


def train_model(X, y):
    return Model()


def get_classes(model):
    return ["small", "large"]
"""


@pytest.mark.parametrize(
    "answer",
    [
        "X['size']",
        "X['size'].to_numpy()",
        "X[['size']].to_numpy().tolist()",
        "scipy.sparse.csr_matrix(X[['size']].to_numpy())",
        "X[['size']].astype('float32')",
        "X[['size']].set_axis(['a b'], axis=1)",
        "np.column_stack([X['size'], X['plan'].fillna('none')])[:, :1].astype(object)",
    ],
    ids=["series", "vector", "list", "sparse", "float32", "renamed", "objects"],
)
def test_any_form_of_model_input_can_be_compared(tmp_path: Path, answer: str) -> None:
    assert failures(make_project(tmp_path, train=ANY_FORM.replace("ANSWER", answer))) == []


@pytest.mark.parametrize(
    ("rule", "rows"), [("drop", "98 rows, 5 columns"), ("keep", "100 rows, 5 columns")], ids=["drop", "keep"]
)
def test_rows_that_break_the_contract_are_treated_as_in_training(
    tmp_path: Path, rule: str, rows: str
) -> None:
    loader = LOADER.replace("return pd", "size[:2] = -1\n        return pd")
    root = make_project(tmp_path, loader=loader, config=f"training:\n  on_violation: {rule}\n")
    found = findings(root)
    assert (
        found["conform"].remark == f"training.on_violation is {rule}: size is below 0 in 2 rows (row 0: -1.0)"
    )
    assert found["process_X"].remark == rows


def test_no_row_left_is_a_failure_even_when_rows_may_be_dropped(tmp_path: Path) -> None:
    loader = LOADER.replace("return pd", "size[:] = -1\n        return pd")
    found = findings(make_project(tmp_path, loader=loader, config="training:\n  on_violation: drop\n"))
    assert found["conform"].verdict == "failed"


def test_values_that_must_not_be_logged_are_not_printed(tmp_path: Path) -> None:
    loader = LOADER.replace("return pd", "size[:2] = -123.5\n        return pd")
    features = FEATURES.replace("ge: 0", "ge: 0\n    log: drop")
    failed = findings(make_project(tmp_path, features=features, loader=loader))["conform"]
    assert failed.verdict == "failed"
    assert "123.5" not in failed.came


@pytest.mark.parametrize("error", ["HooklineError", "HookError"])
def test_a_sentence_that_a_hook_raises_itself_is_kept(tmp_path: Path, error: str) -> None:
    method = (
        f"    def process_X(self, X):\n        if len(X) < 2:\n            raise {error}('give two rows')\n"
    )
    train = TRAIN.replace("(Base):\n", f"(Base):\n{method}        return super().process_X(X)\n\n", 1)
    root = make_project(tmp_path, train="from hookline.errors import HookError, HooklineError\n" + train)
    (failed,) = failures(root)
    assert (failed.step, failed.came) == ("one_row", "give two rows")


def test_a_sample_is_spread_and_has_some_of_every_value_unless_there_are_too_many() -> None:
    frame = pd.DataFrame({"rare": ["a"] * 2990 + ["b"] * 10, "own": range(3000)})
    picked = covering(frame, ["rare", "own"], 30)
    assert picked["rare"].value_counts().to_dict() == {"a": 33, "b": 6}
    assert (picked["own"].min(), picked["own"].max()) == (0, 2999)


def test_a_step_that_passes_says_how_long_it_took(project: Path) -> None:
    found = findings(project)
    assert all(isinstance(each, Finding) and each.seconds >= 0 for each in found.values())
    assert found["train_model"].remark == "RandomForestClassifier"
    assert found["train_model"].seconds > 0
