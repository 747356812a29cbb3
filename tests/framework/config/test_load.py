from __future__ import annotations

import json
import logging
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.config import Settings, load_settings, load_with_origins
from hookline.config.problems import Given, finding
from hookline.config.table import table
from hookline.errors import ConfigError, HooklineError, YamlError
from hookline.yamlfile import read_yaml
from tests.framework.broken_yaml.cases import Case, cases

PASSWORD = "HOOKLINE_PREDICTION_LOG__MONGO_DB_PASSWORD"  # noqa: S105 - the name of a variable


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def configure(root: Path, text: str) -> None:
    (root / "config.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("case", cases("config"), ids=lambda case: case.name)
def test_wrong_settings_say_everything_that_is_wrong_in_their_order(root: Path, case: Case) -> None:
    configure(root, case.text)
    with pytest.raises(ConfigError) as caught:
        load_settings(root, case.environ)
    assert str(caught.value) == case.message
    assert "hunter2" not in repr(caught.getrepr(style="long"))


def test_without_a_file_the_defaults_hold(root: Path) -> None:
    assert load_settings(root, {}) == Settings()


def test_a_section_with_everything_commented_out_sets_nothing(root: Path) -> None:
    configure(root, "training:\n#  seed: 1\n")
    assert load_settings(root, {}) == Settings()


def test_the_file_goes_over_the_default(root: Path) -> None:
    configure(root, "training:\n  seed: 1\n")
    assert load_settings(root, {}).training.seed == 1
    assert load_settings(root, {}).training.golden_rows == Settings().training.golden_rows


def test_the_environment_goes_over_the_file(root: Path) -> None:
    configure(root, "training:\n  seed: 1\n  golden_rows: 7\n")
    training = load_settings(root, {"HOOKLINE_TRAINING__SEED": "2"}).training
    assert (training.seed, training.golden_rows) == (2, 7)


def test_the_process_environment_is_read_only_if_handed_in(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOKLINE_TRAINING__SEED", "2")
    monkeypatch.setenv("training", '{"seed": 2}')
    assert load_settings(root, {}).training.seed == Settings().training.seed == 42


TEXTS: list[tuple[str, str, str, Any]] = [
    ("HOOKLINE_TRAINING__SEED", "training", "seed", ("7", 7)),
    ("HOOKLINE_TRAINING__TEST_SIZE", "training", "test_size", ("0.5", 0.5)),
    ("HOOKLINE_TRAINING__REFIT", "training", "refit", ("false", False)),
    ("HOOKLINE_TRAINING__REFIT", "training", "refit", ("0", False)),
    ("HOOKLINE_TRAINING__ON_VIOLATION", "training", "on_violation", ("drop", "drop")),
    ("HOOKLINE_SERVICE__ID_NAME", "service", "ID_NAME", ("row", "row")),
    ("HOOKLINE_SERVICE__ID_NAME", "service", "ID_NAME", ("", "")),
    ("hookline_Training__Seed", "training", "seed", ("7", 7)),
    ("HOOKLINE_IMAGES__PRODUCTION_IMAGE_TAG", "images", "production_image_tag", ("1.10", "1.10")),
    ("HOOKLINE_MODELS__TRUSTED", "models", "trusted", ("a.B, c.D,", ("a.B", "c.D"))),
    ("HOOKLINE_MODELS__TRUSTED", "models", "trusted", ('["a.B", "c.D"]', ("a.B", "c.D"))),
    ("HOOKLINE_MODELS__TRUSTED", "models", "trusted", ("", ())),
]


@pytest.mark.parametrize(("variable", "section", "key", "text_and_value"), TEXTS, ids=str)
def test_a_variable_is_read_as_its_settings_type(
    root: Path, variable: str, section: str, key: str, text_and_value: tuple[str, Any]
) -> None:
    text, value = text_and_value
    settings = load_settings(root, {variable: text})
    assert getattr(getattr(settings, section), key) == value


def test_variables_of_the_command_and_of_others_are_left_alone(root: Path) -> None:
    environ = {
        "HOOKLINE_PROJECT": "x",
        "PATH": "x",
        "OTHER__SEED": "x",
        "HOOKLINE_SERVICE_PORT": "tcp://10.0.0.1",
    }
    assert load_settings(root, environ) == Settings()


def test_every_setting_can_come_from_its_variable(root: Path) -> None:
    environ = {
        setting.variable: ",".join(value) if isinstance(value := setting.default, list) else str(value)
        for setting in table().values()
    }
    assert load_settings(root, environ) == Settings()
    assert set(load_with_origins(root, environ).origins) == set(table())


def test_settings_cannot_be_changed() -> None:
    settings = Settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.training = settings.training  # type: ignore[misc]  # this is the point
    with pytest.raises(ValueError, match="frozen"):
        settings.training.seed = 1  # type: ignore[misc]  # this is the point


def test_settings_travel_to_other_processes(root: Path) -> None:
    settings = load_settings(root, {"HOOKLINE_TRAINING__SEED": "7"})
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 - our own bytes


@pytest.mark.parametrize("of_file", [False, True], ids=["variable", "file"])
def test_a_secret_is_there_but_never_shown(
    root: Path, caplog: pytest.LogCaptureFixture, of_file: bool
) -> None:
    (root / "password").write_text("hunter2\n", encoding="utf-8")
    environ = {f"{PASSWORD}_FILE": str(root / "password")} if of_file else {PASSWORD: "hunter2"}
    loaded = load_with_origins(root, environ)
    settings = loaded.settings
    logging.getLogger("test").warning("settings: %s %r", settings, loaded)
    assert settings.prediction_log.mongo_db_password.get_secret_value() == "hunter2"
    for shown in (repr(settings), str(settings), repr(loaded), settings.model_dump_json(), caplog.text):
        assert "hunter2" not in shown
        assert "**********" in shown
    assert "hunter2" not in str(settings.model_dump())


def test_a_secret_that_were_of_the_wrong_type_would_not_be_shown_either() -> None:
    found = {"loc": ("prediction_log", "mongo_db_password"), "type": "string_type", "input": ["hunter2"]}
    given = {("prediction_log", "mongo_db_password"): Given(["hunter2"], "here", "it", (0, 0))}
    assert finding(found, given).sentence == "it is something else; it must be text"
    assert "hunter2" not in repr(given)


def test_a_group_under_a_key_is_not_shown(root: Path) -> None:
    configure(root, "prediction_log:\n  mongo_db_url:\n    password: hunter2\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(root, {})
    assert str(caught.value).startswith(
        "config.yaml:2: `prediction_log.mongo_db_url` is something else; it must be a "
    )


def test_a_secret_file_must_be_text(root: Path) -> None:
    (root / "password").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"password': not UTF-8 text; name one that holds the secret$"):
        load_settings(root, {f"{PASSWORD}_FILE": str(root / "password")})


def test_origins_say_where_each_setting_came_from(root: Path) -> None:
    configure(root, "# first\ntraining:\n  seed: 1\n  golden_rows: 2\n")
    (root / "password").write_text("hunter2", encoding="utf-8")
    environ = {"HOOKLINE_TRAINING__SEED": "2", f"{PASSWORD}_FILE": str(root / "password")}
    assert load_with_origins(root, environ).origins == {
        ("training", "seed"): "environment HOOKLINE_TRAINING__SEED",
        ("training", "golden_rows"): "config.yaml:4",
        ("prediction_log", "mongo_db_password"): f"file {root / 'password'}",
    }


def test_a_link_to_nowhere_is_not_taken_for_no_file(root: Path) -> None:
    (root / "config.yaml").symlink_to(root / "gone.yaml")
    with pytest.raises(YamlError, match=r"config\.yaml cannot be read"):
        load_settings(root, {})


GOOD: dict[str, str] = {
    "node port": "deployment: {service_type: NodePort, service_node_port: 30080}",
    "load balancer": "deployment: {service_type: LoadBalancer, service_node_port: 32767}",
    "registry": "images: {registry: 'localhost:5000', repository: team/models}",
    "empty registry": "images: {registry: }",
    "image": "images: {production_image_name: iris-service_v2, production_image_tag: v1.10-rc_1}",
    "release": "deployment: {deployment_name: iris-2, replicas: 0}",
    "dask": "training: {backend: dask, dask_scheduler: 'tcp://scheduler:8786'}",
    "signature": "models: {require_signature: true, public_key_file: keys/public.pem}",
    "hosts": "prediction_log: {fluentd_url: fluentd.logging.svc.cluster.local, mongo_db_url: '::1'}",
    "mongodb": "prediction_log: {mongo_db_url: 'mongodb+srv://reader@db.example.com/?retryWrites=true'}",
    "replica set": "prediction_log: {mongo_db_url: 'mongodb://a:27017,b:27017/db'}",
    "socket": "prediction_log: {fluentd_url: 'unix:///run/fluentd.sock'}",
    "tag of fluentd": "prediction_log: {fluentd_base_log_name: models.iris}",
    "ID": "service: {ID_NAME: customer_id}",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_is_usual_is_accepted(root: Path, text: str) -> None:
    configure(root, text)
    settings = load_settings(root, {}).model_dump()
    for section, group in read_yaml(root / "config.yaml").content.items():
        assert {key: settings[section][key] or None for key in group} == {
            k: v or None for k, v in group.items()
        }


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
keys = st.sampled_from([setting.key for setting in table().values()]) | st.text(max_size=8)
groups = st.dictionaries(keys, values, max_size=4)
section_names = st.sampled_from([section for section, _ in table()]) | keys


@given(
    st.dictionaries(section_names, groups | values, max_size=4),
    st.dictionaries(st.sampled_from([s.variable for s in table().values()]), st.text(max_size=8), max_size=3),
)
def test_any_file_and_environment_are_settings_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any], environ: dict[str, str]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any-config"
    folder.mkdir(exist_ok=True)
    configure(folder, json.dumps(content))  # JSON is YAML
    with suppress(HooklineError):
        assert isinstance(load_settings(folder, environ), Settings)
