from __future__ import annotations

import runpy
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from hookline.config import load_settings
from hookline.errors import ProjectError
from hookline.scaffold.examples import EXAMPLES, example, examples_folder
from tests.framework.scaffold.living import answer, settle, trained
from tests.house import ROOT

AS_STATED = {  # in docs/examples.md
    "iris": "compiled",
    "housing": "compiled",
    "breast-cancer": "compiled",
    "credit": "native",
    "score": "native",
}


@pytest.mark.parametrize(
    "name", [name if name == "housing" else pytest.param(name, marks=pytest.mark.slow) for name in EXAMPLES]
)
def test_an_example_trains_as_the_manual_says_beats_guessing_and_answers(name: str, tmp_path: Path) -> None:
    root = settle(example(name), tmp_path)
    result = trained(root)
    assert result.manifest.predictor == AS_STATED[name]
    named = {metric.title: metric for metric in result.metrics}
    decisive = named.get("ROC-AUC") or named["R²"]
    assert decisive.verdict == "better"
    assert (decisive.value or 0) > 0.75
    keys = {"prediction_id", "value" if name in ("housing", "score") else "class_name"}
    assert all(set(one) == keys for one in answer(root))


def test_iris_is_this_project_itself() -> None:
    files = example("iris").files
    assert all(content == (ROOT / name).read_text(encoding="utf-8") for name, content in files.items())
    assert {"source/model/features.yaml", "tests/prediction_test_case.json"} <= set(files)


def test_the_credit_example_names_its_rows(tmp_path: Path) -> None:
    root = settle(example("credit"), tmp_path)
    assert load_settings(root, {}).service.ID_NAME == "application"


@pytest.mark.parametrize("name", ["housing", "credit"])
def test_a_table_is_what_its_script_makes(name: str) -> None:
    path = ROOT / "examples" / name / "data" / f"{name}.csv"
    made = runpy.run_path(str(ROOT / "examples" / f"make_{name}.py"))["make"]()
    assert made.to_csv(index=False) == path.read_text(encoding="utf-8")
    assert path.stat().st_size <= 60 * 1024


def test_a_misspelt_example_is_answered_with_the_one_that_is_meant() -> None:
    with pytest.raises(ProjectError, match=r"no example 'breast_cancer'; did you mean breast-cancer\?"):
        example("breast_cancer")
    with pytest.raises(ProjectError, match="there are: iris, housing"):
        example("titanic")


def test_the_examples_travel_in_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "installed")
    installed = tmp_path / "installed" / "hookline" / "scaffold"
    module = sys.modules[examples_folder.__module__]
    monkeypatch.setattr(module, "_WITHIN", installed)
    assert examples_folder() == installed / "examples"
    packed_files = {name: example(name).files for name in EXAMPLES}
    monkeypatch.undo()
    assert packed_files == {name: example(name).files for name in EXAMPLES}


def test_an_installation_without_examples_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[examples_folder.__module__]
    monkeypatch.setattr(module, "_WITHIN", tmp_path / "hookline" / "scaffold")
    with pytest.raises(ProjectError, match="install hookline anew"):
        example("iris")
