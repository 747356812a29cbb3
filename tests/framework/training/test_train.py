"""Real projects, trained for real: what comes out, and what a person is told when it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hookline.errors import DataError, HookError, TrainingError
from hookline.models.loading import load_model
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from hookline.project import Project, open_project
from hookline.training import TrainResult, train
from tests.framework.helpers import LOADER, TRAIN, make_project

QUICK = "training: {compile: false, golden_rows: 10}\n"


def run(root: Path, **options: Any) -> TrainResult:
    return train(open_project(root, {}), **options)


def changed(root: Path, *, config: str = QUICK, **changes: tuple[str, str]) -> Path:
    """Make the usual project with words of `loader` or `train` replaced."""
    texts = {"loader": LOADER, "train": TRAIN}
    for name, (before, after) in changes.items():
        assert before in texts[name]
        texts[name] = texts[name].replace(before, after)
    return make_project(root / "project", config=config, **texts)


LABEL = 'np.where(size + (plan == "pro") * 3 > 6, "large", "small")'


def test_a_training_publishes_a_version_that_loads_and_is_current(project: Path) -> None:
    result = run(project)
    store = ModelStore(project / "model_bin")
    assert store.current() == result.manifest.version
    assert result.path == Path("model_bin") / result.manifest.version
    files = set(result.manifest.files)
    assert {"golden.json", "profile.json", "card.html", "card.md", "model.skops", "graph.onnx"} <= files
    loaded = load_model(store, policy=LoadPolicy(root=project))
    assert loaded.predictor.kind == "compiled"
    assert result.manifest.classes == ("large", "small")
    assert result.manifest.data.rows == 300
    assert result.manifest.training["rows_held_out"] == result.holdout_rows == 60


def test_a_regression_is_trained_alike(regression: Path) -> None:
    result = run(regression)
    assert result.manifest.classes is None
    assert [metric.name for metric in result.metrics] == ["mae", "rmse", "r2", "mape"]
    assert all(metric.verdict == "better" for metric in result.metrics)
    assert "proved equal" in result.manifest.compiled.reason


def test_four_files_of_an_older_template_train_unchanged(legacy: Path) -> None:
    before = {path: path.read_bytes() for path in sorted(legacy.rglob("*.py"))}
    result = run(legacy)
    assert {path: path.read_bytes() for path in before} == before
    assert result.manifest.classes == ("setosa", "versicolor", "virginica")
    assert result.manifest.compiled.adopted


@pytest.mark.parametrize(
    ("label", "classes"),
    [
        (LABEL, ("large", "small")),
        (f"({LABEL} == 'large')", ("False", "True")),
        (f"({LABEL} == 'large').astype(int)", ("0", "1")),
        (f"({LABEL} == 'large').astype(float)", ("0.0", "1.0")),
        ("np.digitize(size, [3, 6])", ("0", "1", "2")),
        ('np.array(["b", "a", "c"], dtype=object)[np.digitize(size, [3, 6])]', ("a", "b", "c")),
        (f"pd.Categorical({LABEL})", ("large", "small")),
    ],
    ids=["text", "bool", "int", "float", "three ints", "three texts", "category"],
)
def test_a_target_of_any_kind_gets_names_and_good_scores(
    tmp_path: Path, label: str, classes: tuple[str, ...]
) -> None:
    result = run(changed(tmp_path, loader=(LABEL, label)))
    assert result.manifest.classes == classes
    by_name = {metric.name: metric for metric in result.metrics}
    assert all(
        by_name[name].verdict == "better" for name in ("accuracy", "f1_macro", "roc_auc", "log_loss", "brier")
    )


def test_a_model_without_probabilities_is_scored_by_its_labels(tmp_path: Path) -> None:
    linear = "__import__('sklearn.svm').svm.LinearSVC(random_state=0)"
    root = changed(tmp_path, train=("RandomForestClassifier(n_estimators=10, random_state=0)", linear))
    result = run(root)
    by_name = {metric.name: metric.value for metric in result.metrics}
    assert by_name["accuracy"] is not None
    assert by_name["roc_auc"] is None
    card = (root / result.path / "card.html").read_text()
    assert "needs probabilities" in card
    assert "share of wrong answers" in card


def test_two_trainings_on_the_same_data_come_to_the_same(project: Path) -> None:
    one, two = run(project), run(project)
    assert one.manifest.version != two.manifest.version
    assert one.manifest.metrics == two.manifest.metrics
    assert one.manifest.data == two.manifest.data
    same = [
        name
        for name in ("golden.json", "profile.json")
        if one.manifest.files[name] == two.manifest.files[name]
    ]
    assert same == ["golden.json", "profile.json"]


def test_another_seed_holds_other_rows_out(tmp_path: Path) -> None:
    one = run(make_project(tmp_path / "one", config="training: {compile: false, seed: 1}"))
    two = run(make_project(tmp_path / "two", config="training: {compile: false, seed: 2}"))
    assert one.manifest.data == two.manifest.data
    assert one.manifest.metrics != two.manifest.metrics


@pytest.mark.parametrize(("refit", "fits"), [("true", [240, 300]), ("false", [240])], ids=["refit", "once"])
def test_the_published_model_has_seen_all_rows_unless_told_otherwise(
    tmp_path: Path, refit: str, fits: list[int]
) -> None:
    seen = tmp_path / "seen"
    root = changed(
        tmp_path,
        config=f"training: {{compile: false, refit: {refit}}}",
        train=(
            "    return RandomForest",
            f"    note(len(y_processed), {str(seen)!r})\n    return RandomForest",
        ),
    )
    with (root / "source/model/train.py").open("a") as hooks:
        hooks.write(
            "\n\ndef note(n, path):\n    with open(path, 'a') as file:\n        print(n, file=file)\n"
        )
    run(root)
    assert [int(line) for line in seen.read_text().split()] == fits


def test_each_fit_has_a_preprocessor_of_its_own(tmp_path: Path) -> None:
    once = "self.transformer = make"
    root = changed(tmp_path, train=(once, "self.fits = 0\n        " + once))
    text = (root / "source/model/train.py").read_text()
    method = "    def fit_X(self, X):\n        self.fits += 1\n        assert self.fits == 1\n        super()"
    method += ".fit_X(X)\n\n"
    text = text.replace("\ndef train_model", method + "\ndef train_model", 1)
    (root / "source/model/train.py").write_text(text)
    run(root)


def test_hooks_that_work_in_place_spoil_nothing(tmp_path: Path) -> None:
    method = (
        "\n\n    def process_X(self, X):\n        answer = super().process_X(X)\n"
        "        X['size'] = -1.0\n        del X['plan']\n        return answer\n"
        "\n\ndef train_model"
    )
    result = run(changed(tmp_path, train=("\n\n\ndef train_model", method)))
    plain = run(changed(tmp_path / "plain"))
    assert result.manifest.metrics == plain.manifest.metrics


def test_fewer_rows_can_be_asked_for(project: Path) -> None:
    result = run(project, n_rows=100)
    assert result.manifest.data.rows == 100
    assert result.manifest.training["n_rows"] == 100


def test_a_version_need_not_become_current(project: Path) -> None:
    first = run(project)
    second = run(project, promote=False)
    assert not second.current
    assert ModelStore(project / "model_bin").current() == first.manifest.version


def test_a_rare_class_is_a_remark_in_every_place(tmp_path: Path) -> None:
    rare = 'np.where(np.arange(n) == 7, "rare", np.where(size > 5, "large", "small"))'
    root = changed(tmp_path, loader=(LABEL, rare))
    result = run(root)
    sentence = "class 'rare' has one row: the model is trained on it, but no metric covers it"
    assert result.remarks == (sentence,)
    assert result.manifest.training["remarks"] == [sentence]
    assert result.manifest.classes == ("large", "rare", "small")
    assert sentence.replace("'", "&#39;") in (root / result.path / "card.html").read_text()


def test_a_model_no_better_than_the_baseline_is_said(tmp_path: Path) -> None:
    result = run(changed(tmp_path, loader=(LABEL, 'random.choice(["heads", "tails"], n)')))
    assert any("no better than always answering the same" in remark for remark in result.remarks)


def test_a_model_that_fails_at_the_edges_is_published_natively_and_says_so(tmp_path: Path) -> None:
    picky = (
        "\n\n    def process_X(self, X):\n        if X['plan'].isna().any():\n"
        "            raise ValueError('no plan')\n        return super().process_X(X)\n\n\ndef train_model"
    )
    result = run(changed(tmp_path, config="", train=("\n\n\ndef train_model", picky)))
    (remark,) = result.remarks
    assert remark.startswith("the model cannot answer ")
    assert "no plan" in remark
    assert not result.manifest.compiled.adopted


@pytest.mark.parametrize(
    ("label", "error", "sentence"),
    [
        (
            'np.full(n, "large")',
            TrainingError,
            "target 'label' is 'large' in all 240 rows; a classifier needs two classes at least",
        ),
        (
            "random.permutation(n)",
            TrainingError,
            "has 240 distinct values in 240 rows, too many for a classification; did you mean `task: regr",
        ),
        (
            "random.normal(size=n)",
            TrainingError,
            "has 240 distinct values with decimals in 240 rows, too many for a classification; did you",
        ),
        (
            "[f'name {i}' for i in range(n)]",
            TrainingError,
            "is 'label' the right `target_label`?",
        ),
        (
            f"np.where(np.arange(n) < 5, None, {LABEL})",
            DataError,
            "'label': no target in 5 of 300 rows (null in row 0, null in row 1, null in row 2)",
        ),
    ],
    ids=["one class", "numbers", "decimals", "names", "holes"],
)
def test_a_target_that_cannot_be_learned_is_a_sentence(
    tmp_path: Path, label: str, error: type[Exception], sentence: str
) -> None:
    root = changed(tmp_path, loader=(LABEL, label))
    with pytest.raises(error) as caught:
        run(root)
    assert sentence in str(caught.value)
    assert ModelStore(root / "model_bin").names() == []


def test_three_thousand_values_are_no_classes(tmp_path: Path) -> None:
    root = changed(tmp_path, loader=(LABEL, "np.arange(n) % 3000"))
    loader = root / "source/data/data_loader.py"
    loader.write_text(loader.read_text().replace("n_rows or 300", "n_rows or 9000"))
    with pytest.raises(TrainingError, match=r"2,972 distinct values in 7,200 rows.*mean `task: regression`"):
        run(root)


def test_a_regression_on_text_is_a_sentence(regression: Path) -> None:
    loader = regression / "source/data/data_loader.py"
    loader.write_text(loader.read_text().replace('"price": price', '"price": price.astype(str)'))
    with pytest.raises(
        HookError, match=r"process_y: expected numbers: features.yaml says `task: regression`"
    ):
        run(regression)


@pytest.mark.parametrize(
    ("part", "words", "hook"),
    [
        ("    return RandomForest", "    1 / 0\n    return RandomForest", "train_model"),
        ("    return list(model.classes_)", "    return ['one']", "get_classes"),
        ("    return list(model.classes_)", "    return ['one', 'one']", "get_classes"),
    ],
    ids=["an error", "too few names", "equal names"],
)
def test_a_hook_that_fails_is_named_with_its_line(tmp_path: Path, part: str, words: str, hook: str) -> None:
    root = changed(tmp_path, train=(part, words))
    with pytest.raises(HookError, match=rf"^source/model/train\.py:\d+: {hook}: expected "):
        run(root)


def test_split_X_y_must_leave_values_to_process_X(tmp_path: Path) -> None:
    method = (
        "\n\n    def split_X_y(self, data):\n        X, y = super().split_X_y(data)\n"
        "        return X.assign(size=X['size'].astype(int)), y\n\n\ndef train_model"
    )
    root = changed(tmp_path, train=("\n\n\ndef train_model", method))
    with pytest.raises(HookError, match=r"split_X_y: expected 'size' as it was loaded, float64; came int64"):
        run(root)


def test_continuous_values_may_be_made_classes_by_process_y(tmp_path: Path) -> None:
    method = "\n\n    def process_y(self, y):\n        return (y > 5).astype(int)\n\n\ndef train_model"
    root = changed(tmp_path, loader=(LABEL, "size"), train=("\n\n\ndef train_model", method))
    result = run(root)
    assert result.manifest.classes == ("0", "1")
    assert not result.manifest.training["stratified"]


def test_a_class_that_only_the_holdout_has_is_a_sentence(tmp_path: Path) -> None:
    method = (
        "\n\n    def process_y(self, y):\n        return (y > 5) + 5 * (len(y) == 60)\n\n\ndef train_model"
    )
    root = changed(tmp_path, loader=(LABEL, "size"), train=("\n\n\ndef train_model", method))
    with pytest.raises(TrainingError, match=r"does not know class '5' of target 'label'"):
        run(root)


def test_a_model_without_classes_answers_positions(tmp_path: Path) -> None:
    root = changed(
        tmp_path,
        config="training: {compile: false}\nmodels: {allow_joblib: true}",
        loader=(LABEL, "(size > 5).astype(int)"),
        train=(
            "RandomForestClassifier(n_estimators=10, random_state=0).fit(X_processed, y_processed)",
            "Rule()",
        ),
    )
    hooks = root / "source/model/train.py"
    hooks.write_text(
        hooks.read_text().replace("list(model.classes_)", "['small', 'large']")
        + "\n\nclass Rule:\n    def predict(self, X):\n        return (X[:, 0] > 5).astype(int)\n"
    )
    result = run(root)
    assert result.manifest.classes == ("small", "large")
    assert result.manifest.metrics["accuracy"] == 1.0


def test_what_is_written_says_what_was_done(project: Path) -> None:
    result = run(project)
    training = result.manifest.training
    assert training["estimator"] == "RandomForestClassifier"
    assert (training["seed"], training["test_size"], training["refit"]) == (42, 0.2, True)
    assert set(result.seconds) == {"load", "check", "fit", "evaluate", "refit", "compile", "publish"}
    profile = json.loads((project / result.path / "profile.json").read_text())
    assert profile["rows"] == 300


def test_the_project_knows_its_store(project: Path) -> None:
    assert isinstance(open_project(project, {}), Project)
    elsewhere = project.parent / "elsewhere"
    (project / "config.yaml").write_text(f"models: {{directory: {elsewhere}}}\n{QUICK}")
    result = run(project)
    assert result.path == elsewhere / result.manifest.version
    assert result.path.is_dir()
