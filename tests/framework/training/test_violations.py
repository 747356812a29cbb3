from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from hookline.errors import DataError
from hookline.project import open_project
from hookline.training import TrainResult, train
from tests.framework.helpers import FEATURES, LOADER, make_project

# 300 rows: two sizes below 0 (one of them without a label), one plan that is no choice.
BROKEN = LOADER.replace(
    '"label": label})',
    '"label": label}).pipe(spoil)\n\n\n'
    "def spoil(data):\n"
    "    data.loc[3, 'size'] = -1.0\n"
    "    data.loc[5, 'size'] = -2.5\n"
    "    data.loc[5, 'label'] = None\n"
    "    data.loc[8, 'plan'] = 'gold'\n"
    "    return data",
)
STRICT = FEATURES.replace("    unknown: accept\n", "")


def run(root: Path, on_violation: str, *, features: str = STRICT) -> TrainResult:
    config = f"training: {{compile: false, on_violation: {on_violation}}}"
    project = make_project(root / "project", features=features, loader=BROKEN, config=config)
    return train(open_project(project, {}))


def test_by_default_broken_rows_stop_the_training_with_examples(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        run(tmp_path, "fail")
    assert (
        str(caught.value)
        == dedent(
            """
            the data breaks the contract:
              'size': below 0 in 2 of 300 rows (-1.0 in row 3, -2.5 in row 5)
              'plan': not one of the choices in 1 of 300 rows (gold in row 8)
              'label': no target in 1 of 300 rows (null in row 5)
            mend the data or features.yaml, or set `training.on_violation` to drop (such rows) or keep (them)
            """
        ).strip()
    )


def test_broken_rows_can_be_left_out(tmp_path: Path) -> None:
    result = run(tmp_path, "drop")
    assert result.manifest.data.rows == 297
    training = result.manifest.training
    assert (training["rows_loaded"], training["rows_dropped"]) == (300, 3)
    assert [(v.feature, v.rule, v.count) for v in result.violations] == [
        ("size", "below 0", 2),
        ("plan", "not one of the choices", 1),
        ("label", "no target", 1),
    ]
    assert training["violations"][1] == {  # type: ignore[index] # plain JSON
        "feature": "plan",
        "rule": "not one of the choices",
        "count": 1,
        "examples": [{"row": 8, "value": "gold"}],
    }
    card = (tmp_path / "project" / result.path / "card.html").read_text()
    assert "size: below 0 in 2 rows" in card


def test_broken_rows_can_be_used_but_a_row_without_a_target_cannot(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no target in 1 of 300 rows .*rows without a target cannot be kept"):
        run(tmp_path, "keep")


def test_kept_rows_train_the_model_but_prove_nothing(tmp_path: Path) -> None:
    loader = BROKEN.replace("    data.loc[5, 'label'] = None\n", "")
    project = make_project(
        tmp_path / "project", features=STRICT, loader=loader, config="training: {on_violation: keep}"
    )
    result = train(open_project(project, {}))
    assert result.manifest.data.rows == 300
    assert len(result.violations) == 2
    assert result.manifest.compiled.checks["training_rows"] == 297


def test_values_of_personal_features_are_not_shown(tmp_path: Path) -> None:
    private = STRICT.replace("    ge: 0\n", "    ge: 0\n    log: hash\n")
    with pytest.raises(DataError) as caught:
        run(tmp_path, "fail", features=private)
    assert "-2.5" not in str(caught.value)
    assert "'size': below 0 in 2 of 300 rows" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("data.iloc[:0]", "DataLoader.load_data gave no rows"),
        ("data.assign(size=-1.0)", "no row is left"),
        ("data.drop(columns='weight')", "the data lacks 1 of 3 features: 'weight'"),
    ],
    ids=["no rows", "no good rows", "a missing feature"],
)
def test_data_that_leaves_nothing_to_train_on_is_a_sentence(tmp_path: Path, body: str, sentence: str) -> None:
    loader = LOADER.replace('"label": label})', f'"label": label}}).pipe(lambda data: {body})')
    project = make_project(
        tmp_path / "project", features=STRICT, loader=loader, config="training: {on_violation: drop}"
    )
    with pytest.raises(DataError, match=sentence):
        train(open_project(project, {}))
