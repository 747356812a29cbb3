"""`hookline train` as a person and a pipeline see it, each in a process of its own."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hookline.cli import main
from hookline.models.store import ModelStore
from hookline.project import open_project
from hookline.training import publish, train
from tests.framework.helpers import LOADER, TRAIN, make_project
from tests.house import ROOT

COMMAND = [sys.executable, "-m", "hookline.cli", "train"]
QUICK = "training: {compile: false}\n"


class Command:
    """Run the command in this process, and hear what it says."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setenv("NO_COLOR", "1")

    def __call__(self, project: Path, *words: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["train", "-C", str(project), *words])
        out, err = self._capsys.readouterr()
        return int(left.value.code or 0), out, err


@pytest.fixture
def hookline(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capsys, monkeypatch)


def test_elsewhere_than_on_a_terminal_each_step_is_a_line(project: Path) -> None:
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100"}
    done = subprocess.run(
        COMMAND, cwd=project, capture_output=True, text=True, env=environment, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    version = ModelStore(project / "model_bin").current()
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert lines[:5] == [
        "load      300 rows, 4 columns",
        "check     every row keeps features.yaml",
        "fit       RandomForestClassifier to 240 rows",
        "evaluate  on 60 rows held out",
        "refit     to all 300 rows",
    ]
    assert re.match(r"compile   proved equal on [0-9,]+ rows", lines[5])
    assert lines[6] == f"publish   {version}"
    assert re.search(r"^ accuracy +0\.\d+ +0\.\d+ +better *$", done.stdout, re.MULTILINE)
    assert lines[-2:] == [f"Current: model_bin/{version}", f"Next:    open model_bin/{version}/card.html"]


def test_json_has_the_documented_keys_and_nothing_else_on_standard_output(
    tmp_path: Path, hookline: Command
) -> None:
    loader = LOADER.replace("        n = n_rows", "        print('loading')\n        n = n_rows")
    project = make_project(tmp_path / "project", loader=loader, config=QUICK)
    _, out, err = hookline(project, "--json", "--n-rows", "120")
    answer = json.loads(out)
    assert err == "loading\n"
    assert set(answer) == {
        *("version", "model_id", "created", "path", "current", "task", "classes", "rows", "fingerprint"),
        *("metrics", "predictor", "reason", "violations", "remarks", "seconds"),
    }
    assert answer["rows"] == {"trained": 120, "holdout": 24}
    assert answer["metrics"]["accuracy"].keys() == {"model", "baseline", "verdict"}
    assert (answer["current"], answer["predictor"]) == (True, "native")
    documented = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    missing = [key for key in answer if f"`{key}`" not in documented]
    assert missing == []


def test_quiet_says_nothing(tmp_path: Path, hookline: Command) -> None:
    project = make_project(tmp_path / "project", config=QUICK)
    assert hookline(project, "-q") == (0, "", "")


def test_a_version_that_is_not_promoted_says_how_to(tmp_path: Path, hookline: Command) -> None:
    project = make_project(tmp_path / "project", config=QUICK)
    _, out, _ = hookline(project, "--no-promote")
    (version,) = ModelStore(project / "model_bin").names()
    assert ModelStore(project / "model_bin").current() is None
    assert out.endswith(
        f"Published, not current: model_bin/{version}\nNext:    hookline models promote {version}\n"
    )


def test_what_deserves_a_look_goes_to_standard_error(tmp_path: Path, hookline: Command) -> None:
    loader = LOADER.replace('"large", "small")', '"large", "small")\n        label[0] = "lone"')
    _, _, err = hookline(make_project(tmp_path / "project", loader=loader, config=QUICK))
    sentence = "class 'lone' has one row: the model is trained on it, but no metric covers it"
    assert err == f"note: {sentence}\n"


def test_an_error_in_a_hook_is_one_line_without_a_traceback(tmp_path: Path, hookline: Command) -> None:
    train = TRAIN.replace("    return RandomForest", "    1 / 0\n    return RandomForest")
    project = make_project(tmp_path / "project", train=train, config=QUICK)
    code, _, err = hookline(project, "-q")
    assert code == 1
    assert re.fullmatch(
        r"error: source/model/train\.py:\d+: train_model: .*ZeroDivisionError: division by zero.*\n",
        err,
    )


@pytest.mark.slow
def test_on_a_terminal_the_steps_are_ticked_off(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", config=QUICK)
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen([*COMMAND], cwd=project, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(ours)
    assert process.wait(30) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.decode())
    assert text.count("✓") >= 7
    assert "RandomForestClassifier to 240 rows" in text
    assert "accuracy" in text


WAIT = """
    import signal, sys
    print("waiting", file=sys.stderr, flush=True)
    signal.sigtimedwait((), 60)
    return RandomForest"""


def test_ctrl_c_leaves_the_store_as_it_was(tmp_path: Path, hookline: Command) -> None:
    project = make_project(tmp_path / "project", config=QUICK)
    assert hookline(project, "-q") == (0, "", "")
    before = sorted(path.name for path in (project / "model_bin").iterdir())
    hooks = project / "source/model/train.py"
    hooks.write_text(hooks.read_text().replace("    return RandomForest", WAIT[1:]))
    process = subprocess.Popen(
        [*COMMAND], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    while process.stderr.readline() != "waiting\n":
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert sorted(path.name for path in (project / "model_bin").iterdir()) == before


def test_ctrl_c_while_a_version_is_written_leaves_no_half_of_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> str:
        assert list((project / "model_bin").glob(".draft-*/golden.json"))
        raise KeyboardInterrupt

    monkeypatch.setattr(publish, "card_html", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(open_project(project, {}))
    assert [path.name for path in (project / "model_bin").iterdir() if path.name != ".lock"] == []


@pytest.mark.slow
def test_the_caller_in_getting_started_trains_its_own_project(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", config=QUICK)
    caller = project / "getting-started" / "train_model.py"
    caller.parent.mkdir()
    caller.write_text((ROOT / "getting-started" / "train_model.py").read_text(encoding="utf-8"))
    done = subprocess.run(
        [sys.executable, str(caller)], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert ModelStore(project / "model_bin").current() is not None
