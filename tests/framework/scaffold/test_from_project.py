from __future__ import annotations

import json
from pathlib import Path

import pytest

from hookline.config import load_settings
from hookline.contract import parse_contract
from hookline.errors import HooklineError, ProjectError
from hookline.project import find_root
from hookline.scaffold.from_project import from_project
from hookline.scaffold.request import REQUEST
from tests.framework.helpers import make_regression
from tests.framework.legacy.files import make_legacy
from tests.framework.legacy.older import make_older, own_answers
from tests.framework.rights import modes_count
from tests.framework.scaffold.living import settle, trained
from tests.framework.service.running import serve

ROWS = [
    {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2},
    {"sepal_length": 6.0, "sepal_width": 2.9, "petal_length": 4.8, "petal_width": 1.7},
    {"sepal_length": 7.2, "sepal_width": 3.0, "petal_length": 5.8, "petal_width": 1.6},
]


@pytest.fixture
def older(tmp_path: Path) -> Path:
    return make_older(tmp_path / "older")


@pytest.mark.slow
def test_an_older_project_serves_the_same_predictions_as_its_own_code_computes(
    older: Path, tmp_path: Path
) -> None:
    root = settle(from_project(older), tmp_path / "new")
    trained(root)
    names, probabilities = own_answers(older, ROWS)
    with serve(root, prediction_log__enable_fluentd_logging=False) as service:
        answers = service.ask("POST", "/api/proba_predictions", ROWS).json()
    assert [each["class_names"] for each in answers] == [names] * len(ROWS)
    for answer, wanted in zip(answers, probabilities, strict=True):
        assert answer["probabilities"] == pytest.approx(wanted, abs=1e-9)


def test_settings_come_from_every_place_and_only_what_differs_is_written(older: Path, tmp_path: Path) -> None:
    root = settle(from_project(older), tmp_path / "new")
    settings = load_settings(root, {})
    assert settings.service.ID_NAME == "ID"
    log = settings.prediction_log
    assert (log.enable_fluentd_logging, log.fluentd_port, log.fluentd_log_n_best) == (True, 24225, 2)
    assert (log.fluentd_base_log_name, log.timezone) == ("iris-service", "Europe/Vienna")
    assert (settings.deployment.replicas, settings.images.repository) == (2, "flowers")
    written = (root / "config.yaml").read_text()
    assert "enable_mongodb_logging" not in written  # as by default
    assert "dummy" not in written


def test_what_could_not_be_carried_over_is_said(older: Path) -> None:
    said = "\n".join(from_project(older).notes)
    assert "The contract comes from source/features.py." in said
    assert "target_label is 'flower', as split_X_y of train.py has it." in said
    assert "task is classification, for nothing says otherwise" in said
    assert "HOOKLINE_PREDICTION_LOG__MONGO_DB_PORT" in said
    assert "not-a-port" in said
    assert "HOOKLINE_PREDICTION_LOG__MONGO_DB_PASSWORD in the environment" in said
    assert "not carried over: model_path, model_name, some_switch_of_then." in said
    assert "no hook imports it: source/api/main.py." in said
    assert "Not carried over, for a new project has or makes its own: Dockerfile, model_bin." in said
    assert "only-a-dummy" not in said


def test_hooks_and_helpers_come_as_they_are_below_a_line_that_says_whose_they_are(older: Path) -> None:
    files = from_project(older).files
    for name in ("source/data/data_loader.py", "source/model/train.py", "source/helper.py"):
        first, _, rest = str(files[name]).partition("\n")
        assert first.startswith("# Yours")
        assert rest == (older / name).read_text()
    assert files["source/data/flowers.csv"] == (older / "source/data/flowers.csv").read_bytes()
    assert "source/api/main.py" not in files


def test_a_features_yaml_is_carried_over_as_it_is(tmp_path: Path) -> None:
    older = make_legacy(tmp_path / "older")
    text = str(from_project(older).files["source/model/features.yaml"])
    assert text.endswith((older / "source/model/features.yaml").read_text())
    assert trained(settle(from_project(older), tmp_path / "new")).manifest.predictor == "compiled"


def test_a_project_of_this_very_kind_comes_through_unchanged(tmp_path: Path) -> None:
    yours = from_project(make_regression(tmp_path / "older"))
    assert not any("task is" in note for note in yours.notes)
    assert trained(settle(yours, tmp_path / "new")).manifest.task == "regression"


def test_settings_of_this_very_kind_keep_their_sections(tmp_path: Path) -> None:
    older = make_regression(tmp_path / "older")
    given = {
        "service": {
            "drain_seconds": 9,
            "cors_origins": ["https://a.example", "https://b.example"],
            "port": 5000,
        },
        "prediction_log": {"drain_seconds": 7, "enabled": False, "directory": "log"},
        "models": {"directory": "versions"},
    }
    (older / "config.yaml").write_text(json.dumps(given))
    (older / ".env").write_text("drain_seconds=1\nport=5000\n")
    yours = from_project(older)
    settings = load_settings(settle(yours, tmp_path / "new"), {})
    assert (settings.service.drain_seconds, settings.prediction_log.drain_seconds) == (9, 7)
    assert settings.service.cors_origins == ("https://a.example", "https://b.example")
    assert (settings.prediction_log.enabled, settings.prediction_log.directory) == (False, "log")
    assert settings.models.directory == "versions"
    # A key of two sections says nothing by itself.
    assert [note for note in yours.notes if note.startswith("No settings")] == [
        "No settings of hookline, not carried over: drain_seconds."
    ]


def test_a_later_source_goes_over_an_earlier_one_back_to_the_default_too(older: Path) -> None:
    with (older / "config.yaml").open("a") as config:
        config.write("fluentd_port: 24300\nfluentd_log_n_best: 5\n")
    with (older / ".env").open("a") as environment:
        environment.write("fluentd_port=24224\n")
    text = str(from_project(older).files["config.yaml"])
    assert "fluentd_port" not in text
    assert "fluentd_log_n_best: 2" in text


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (
            'features = {"age": int, "plan": str, "size": "float"}',
            [("age", "int"), ("plan", "string"), ("size", "float")],
        ),
        ('FEATURES: list = [("age", "int"), ("ok", bool)]', [("age", "int"), ("ok", "bool")]),
        (
            'input_features = [{"name": "plan", "type": "category", "choices": ["a", "b"]}, "x"]',
            [("plan", "category"), ("x", "float")],
        ),
    ],
    ids=["a dict of types", "pairs", "long form"],
)
def test_a_features_module_may_say_more_than_names(
    written: str, wanted: list[tuple[str, str]], older: Path, tmp_path: Path
) -> None:
    (older / "source/features.py").write_text(
        f"import os\ntarget_label = 'flower'\nROOT = os.getcwd()\n{written}\n"
    )
    train = older / "source/model/train.py"
    train.write_text(train.read_text().replace("from source.features import input_features\n", ""))
    root = settle(from_project(older), tmp_path / "new")
    contract = parse_contract(root / "source/model/features.yaml")
    assert [(feature.name, feature.type) for feature in contract] == wanted
    assert contract.target_label == "flower"


def test_imports_that_lead_nowhere_are_pointed_out(older: Path) -> None:
    train = older / "source/model/train.py"
    train.write_text(
        "import no_such_booster\nfrom source.model import tricks\nfrom . import helpers\n" + train.read_text()
    )
    said = "\n".join(from_project(older).notes)
    assert "import no_such_booster, not installed here" in said
    assert "import source.model.helpers, source.model.tricks, which is not there" in said


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda root: (root / "source/model/train.py").unlink(),
            r"has no source/model/train\.py; name the folder",
        ),
        (lambda root: (root / "source/features.py").unlink(), "says nowhere what its features are"),
        (
            lambda root: (root / "source/model/train.py").write_text("def x(:\n"),
            r"train\.py:1: Python cannot read",
        ),
        (
            lambda root: (root / "features.yaml").write_text("input_features: 3\n"),
            r"mend features\.yaml, then try",
        ),
        (lambda root: (root / "source/model/train.py").write_bytes(b"\xff\xfe"), "cannot be read as UTF-8"),
        (lambda root: (root / "config.yaml").write_text("a: [\n"), "config.yaml"),
        (lambda root: (root / ".env").write_bytes(b"a=\xff\n"), r"\.env cannot be read as UTF-8"),
    ],
    ids=[
        "no train.py",
        "no features",
        "broken Python",
        "broken contract",
        "no text",
        "broken YAML",
        "no text in .env",
    ],
)
def test_what_cannot_be_carried_over_at_all_is_refused_in_a_sentence(
    spoil: object, words: str, older: Path
) -> None:
    assert callable(spoil)
    spoil(older)
    with pytest.raises(HooklineError, match=words):
        from_project(older)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="is not a folder"):
        from_project(tmp_path / "nowhere")


def test_what_may_not_be_read_is_named(older: Path) -> None:
    (older / "source/data").chmod(0)
    try:
        with (
            modes_count(),
            pytest.raises(ProjectError, match=r"source/data.* cannot be read: Permission denied"),
        ):
            from_project(older)
    finally:
        (older / "source/data").chmod(0o755)


def test_a_name_that_is_too_long_is_no_project() -> None:
    with pytest.raises(
        ProjectError, match="cannot be read: File name too long; name the folder of a project"
    ):
        from_project(Path("x" * 300))
    with pytest.raises(ProjectError, match="is not a hookline project"):
        find_root(Path("x" * 300))


def test_the_old_test_request_comes_along_to_its_usual_place_if_it_is_a_list_of_rows(older: Path) -> None:
    with (older / "config.yaml").open("a") as config:
        config.write("prediction_test_case_path: case.json\n")
    (older / "case.json").write_text(json.dumps(ROWS[:1]))
    files = from_project(older).files
    assert json.loads(files[REQUEST]) == ROWS[:1]
    assert "case.json" not in files
    assert "prediction_test_case_path" not in str(files["config.yaml"])
    (older / "case.json").write_text('{"sepal_length": {"0": 5.1}}')  # as a DataFrame would write it
    made = json.loads(from_project(older).files[REQUEST])
    assert [set(row) for row in made] == [set(ROWS[0])]


@pytest.mark.parametrize("how", ["absolute", "upward", "a link"])
def test_a_test_request_outside_the_project_is_neither_taken_nor_written_over(
    how: str, older: Path, tmp_path: Path
) -> None:
    case = tmp_path / "case.json"
    case.write_text(json.dumps(ROWS[:1]))
    (older / "link.json").symlink_to(case)
    name = {"absolute": str(case), "upward": "../case.json", "a link": "link.json"}[how]
    with (older / ".env").open("a") as environment:
        environment.write(f"prediction_test_case_path={name}\n")
    before = case.read_bytes()
    yours = from_project(older)
    root = settle(yours, tmp_path / "new")
    assert case.read_bytes() == before
    assert json.loads((root / REQUEST).read_text()) != ROWS[:1]
    assert load_settings(root, {}).jenkins.prediction_test_case_path == REQUEST
    assert f"{name} lies outside the project and is not carried over" in "\n".join(yours.notes)


def test_a_line_that_says_whose_a_file_is_is_not_written_twice(older: Path) -> None:
    loader = older / "source/data/data_loader.py"
    loader.write_text("# Yours: my own words\n" + loader.read_text())
    assert from_project(older).files["source/data/data_loader.py"] == loader.read_text()


def test_a_large_file_of_data_is_left_to_its_owner(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookline.scaffold.from_project.LARGEST", 100)
    yours = from_project(older)
    assert "source/data/flowers.csv" not in yours.files
    assert any(note.startswith("source/data/flowers.csv is large") for note in yours.notes)


def test_a_target_that_stands_nowhere_is_a_guess_and_said_to_be(older: Path) -> None:
    train = older / "source/model/train.py"
    text = train.read_text().replace('data["flower"]', "data.iloc[:, -1]")
    train.write_text(text)
    assert "target_label is 'target', a guess: correct it." in from_project(older).notes
