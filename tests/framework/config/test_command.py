from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from hookline.cli import main
from hookline.config.starter import starter_text
from hookline.config.table import table

PASSWORD = "HOOKLINE_PREDICTION_LOG__MONGO_DB_PASSWORD"  # noqa: S105 - the name of a variable

Command: TypeAlias = Callable[..., tuple[object, str, str]]


@pytest.fixture
def config(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs `hookline config …` in the project: exit code, output, errors."""

    def run(*words: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["hookline", "config", *words, "-C", str(project)])
        with pytest.raises(SystemExit) as caught:
            main()
        return caught.value.code, *capsys.readouterr()

    return run


def test_show_prints_every_setting_and_where_it_came_from(
    project: Path, config: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "config.yaml").write_text("training:\n  seed: 7\n", encoding="utf-8")
    monkeypatch.setenv(PASSWORD, "hunter2")
    code, output, errors = config("show", "--json")
    rows = {row["setting"]: row for row in json.loads(output)}
    assert (code, errors) == (0, "")
    assert list(rows) == [setting.path for setting in table().values()]
    assert rows["training.seed"] == {
        "setting": "training.seed",
        "value": 7,
        "from": "config.yaml:2",
        "secret": False,
    }
    assert rows["training.refit"]["from"] == "default"
    assert rows["prediction_log.mongo_db_password"] == {
        "setting": "prediction_log.mongo_db_password",
        "value": "**********",
        "from": f"environment {PASSWORD}",
        "secret": True,
    }
    assert "hunter2" not in output


def test_show_prints_a_table_for_people(config: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "hunter2")
    _, output, _ = config("show")
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert "training.seed 42 default" in lines
    assert "prediction_log.fluentd_shared_key not set default" in lines
    assert f"prediction_log.mongo_db_password ********** environment {PASSWORD}" in lines
    assert "hunter2" not in output


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("service.port", "5000"),
        ("deployment.service_type", "ClusterIP"),
        ("training.refit", "true"),
        ("access.keys", "[]"),
    ],
)
def test_get_prints_one_value_as_scripts_need_it(config: Command, setting: str, value: str) -> None:
    assert config("get", setting) == (0, f"{value}\n", "")


def test_get_tells_no_secret_and_knows_what_was_meant(
    config: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD, "hunter2")
    code, output, errors = config("get", "prediction_log.mongo_db_password")
    assert (code, output) == (1, "")
    assert "is a secret, which is never printed" in errors
    assert "hunter2" not in errors
    assert "did you mean service.port?" in config("get", "service.prt")[2]
    assert "see `hookline config show`" in config("get", "zzz")[2]


def test_show_says_what_is_wrong_without_a_traceback(project: Path, config: Command) -> None:
    (project / "config.yaml").write_text("replicas: 3\nseed: 1\n", encoding="utf-8")
    code, output, errors = config("show")
    assert (code, output) == (1, "")
    assert errors.splitlines() == [
        "error: config.yaml:1: `replicas` stands in the wrong place; `replicas` belongs under `deployment:`",
        "config.yaml:2: `seed` stands in the wrong place; `seed` belongs under `training:`",
    ]


def test_init_writes_the_starter_file_and_never_over_yours(project: Path, config: Command) -> None:
    path = project / "config.yaml"
    path.unlink()
    assert config("init") == (0, f"wrote {path}\n", "")
    assert path.read_text(encoding="utf-8") == starter_text()
    path.write_text("# mine\n", encoding="utf-8")
    assert config("init") == (1, "", f"error: {path} is there already; move it away first, it is yours\n")
    assert path.read_text(encoding="utf-8") == "# mine\n"


def test_init_where_there_is_no_folder_is_one_error_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["hookline", "config", "init", "-C", str(tmp_path / "nowhere")])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    assert capsys.readouterr().err == (
        f"error: {tmp_path}/nowhere/config.yaml cannot be written: No such file or directory; "
        "name a folder with --project\n"
    )
