from __future__ import annotations

from pathlib import Path

from hookline.check import check_hooks
from hookline.contract import parse_contract
from hookline.hooks import class_names, fit_model, load_hooks, process_X, process_y, split_X_y


def test_files_of_an_older_template_pass_the_check_unchanged(legacy: Path) -> None:
    report = check_hooks(legacy)
    assert report.ok, report.of("failed")
    assert report.summary() == "24 passed"
    (named,) = (each for each in report.findings if each.step == "get_classes")
    assert named.remark == "setosa, versicolor, virginica"


def test_files_of_an_older_template_train_by_hand(legacy: Path) -> None:
    contract = parse_contract(legacy / "source/model/features.yaml")
    hooks = load_hooks(legacy, contract)
    data = hooks.loader.load_data(30)
    assert data["target"].value_counts().to_dict() == {0: 10, 1: 10, 2: 10}
    preprocessor = hooks.new_preprocessor()
    X, y = split_X_y(preprocessor, contract, data)
    preprocessor.fit_X(X)
    preprocessor.fit_y(y)
    model = fit_model(hooks.train_model, process_X(preprocessor, X), process_y(preprocessor, contract, y))
    assert hooks.get_classes is not None
    assert class_names(hooks.get_classes, model) == ("setosa", "versicolor", "virginica")
