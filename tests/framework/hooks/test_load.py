from __future__ import annotations

from pathlib import Path

import pytest

from hookline.contract import Contract, parse_contract
from hookline.errors import HookError
from hookline.hooks import Fault, load_hooks, process_X, split_X_y
from tests.framework.helpers import LOADER, TRAIN, make_project, make_regression


def contract_of(root: Path) -> Contract:
    return parse_contract(root / "source/model/features.yaml")


def test_a_project_without_a_loaded_hook_says_which_file_to_write(tmp_path: Path, project: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(HookError) as caught:
        load_hooks(tmp_path / "empty", contract_of(project))
    assert str(caught.value) == (
        "source/data/data_loader.py: source.data.data_loader: expected a file; came no file; "
        "write it; docs/hooks.md has a short starter"
    )
    fault = caught.value.args[0]
    assert isinstance(fault, Fault)
    assert fault.where == "source/data/data_loader.py"


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path, project: Path) -> None:
    (tmp_path / "odd/source/data/data_loader.py").mkdir(parents=True)
    with pytest.raises(HookError, match="expected a file; came a folder"):
        load_hooks(tmp_path / "odd", contract_of(project))


def test_every_preprocessor_is_fresh_and_knows_the_target(project: Path) -> None:
    hooks = load_hooks(project, contract_of(project))
    first, second = hooks.new_preprocessor(), hooks.new_preprocessor()
    assert first is not second
    assert vars(first)["target_label"] == "label"
    assert type(first).__module__ == "source.model.train"


def test_a_regression_needs_no_class_names(tmp_path: Path) -> None:
    root = make_regression(tmp_path)
    assert load_hooks(root, contract_of(root)).get_classes is None


@pytest.mark.parametrize(
    ("definition", "asked"),
    [
        ("def load_data(self, n_rows=None):", 30),
        ("def load_data(self, *, n_rows: int | None = None, cache=True):", 30),
        ("def load_data(self, **options):\n        n_rows = options.get('n_rows')", 30),
        ("def load_data(self):\n        n_rows = None", None),
        ("def load_data(self, path='data.csv'):\n        n_rows = None", None),
        ("@staticmethod\n    def load_data(n_rows=None):", 30),
    ],
    ids=["n_rows", "keyword", "options", "no parameter", "another parameter", "static"],
)
def test_a_loader_gives_at_most_the_rows_asked_for(
    tmp_path: Path, definition: str, asked: int | None
) -> None:
    loader = LOADER.replace("def load_data(self, n_rows=None):", definition).replace(
        "        n = ", "        print('asked for', n_rows)\n        n = "
    )
    root = make_project(tmp_path, loader=loader)
    hooks = load_hooks(root, contract_of(root))
    assert len(hooks.loader.load_data(30)) == 30
    assert len(hooks.loader.load_data()) == 300


def test_rows_are_left_out_evenly_so_that_sorted_data_keeps_its_classes(tmp_path: Path) -> None:
    loader = LOADER.replace("(self, n_rows=None)", "(self)").replace("n_rows or 300", "300")
    root = make_project(tmp_path, loader=loader)
    data = load_hooks(root, contract_of(root)).loader.load_data(10)
    assert list(data.index) == list(range(0, 300, 30))


def test_columns_that_are_no_features_never_reach_the_preprocessor(project: Path) -> None:
    contract = contract_of(project)
    hooks = load_hooks(project, contract)
    data = hooks.loader.load_data(30).assign(customer="x")[["customer", "plan", "weight", "size", "label"]]
    X, y = split_X_y(hooks.new_preprocessor(), contract, data)
    assert list(X.columns) == ["size", "weight", "plan"]
    assert len(y) == 30


LOGGED = """\
import functools


def logged(function):
    @functools.wraps(function)
    def inner(*arguments):
        return function(*arguments)

    return inner


"""


def test_a_decorated_hook_is_found_at_its_own_line(tmp_path: Path) -> None:
    train = LOGGED + TRAIN.replace("def train_model(X_processed, y_processed)", "@logged\ndef train_model(X)")
    root = make_project(tmp_path, train=train)
    line = train.splitlines().index("@logged") + 1
    with pytest.raises(
        HookError, match=rf"^source/model/train\.py:{line}: train_model: .*`def train_model\(X\)`"
    ):
        load_hooks(root, contract_of(root))


def test_a_partial_is_found_where_its_function_stands(tmp_path: Path) -> None:
    train = TRAIN.replace("def train_model(", "def fit(depth, ") + (
        "\n\nimport functools\ntrain_model = functools.partial(fit, 3, 4)\n"
    )
    root = make_project(tmp_path, train=train)
    line = train.splitlines().index("def fit(depth, X_processed, y_processed):") + 1
    with pytest.raises(HookError, match=rf"^source/model/train\.py:{line}: train_model"):
        load_hooks(root, contract_of(root))


def test_a_processed_table_of_no_shape_is_refused(tmp_path: Path) -> None:
    train = TRAIN.replace("(Base):\n", "(Base):\n    def process_X(self, X):\n        return 3\n\n", 1)
    root = make_project(tmp_path, train=train)
    hooks = load_hooks(root, contract_of(root))
    with pytest.raises(HookError, match=r"came an int; end the method with `return`"):
        process_X(hooks.new_preprocessor(), hooks.loader.load_data(5))
