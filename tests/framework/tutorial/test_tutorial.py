from __future__ import annotations

import io
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

from hookline.errors import HooklineError
from hookline.tutorial import STEPS, Step, run
from tests.framework.cli.conftest import Hookline, hookline
from tests.framework.helpers import make_project
from tests.framework.legacy.files import FEATURES, LOADER, TRAIN

__all__ = ["hookline"]


@pytest.mark.slow
def test_a_newcomer_gets_through_with_enter_and_out_with_ctrl_c_and_nothing_is_left(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "hookline.cli", "tutorial"],
        env={**os.environ, "TMPDIR": str(tmp_path), "HOOKLINE_SERVICE__NAME": "not this one"},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as newcomer:
        assert newcomer.stdout is not None
        said = ""
        while "── 9 of 9" not in said:
            line = newcomer.stdout.readline()
            assert line, said
            said += line
            if re.match(r"(\[Enter\] )?── \d of 9", line) and "9 of 9" not in line:
                os.write(ours, b"\n")
        assert list(tmp_path.iterdir())
        newcomer.send_signal(signal.SIGINT)
        said += newcomer.stdout.read()
    os.close(ours)
    os.close(theirs)
    assert newcomer.returncode == 130
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir())
    for words in (
        "begun with iris",
        "24 passed",
        "accuracy",
        "setosa",
        "did you mean petal_length",
        "prediction_id",
    ):
        assert words in said
    address = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert address is not None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(address[0].rpartition(":")[2])), timeout=2)


class Noted(subprocess.Popen[str]):
    """Start a program, and note its words as a person would type them."""

    words: ClassVar[list[str]] = []

    def __init__(self, words: list[str], **options: Any) -> None:
        self.words.append(shlex.join(["hookline", *words[3:]]))
        super().__init__(words, **options)


def test_what_is_shown_is_what_was_run_and_the_prediction_of_the_service_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The last two steps, and training in a twentieth of the time.
    steps = (Step("Train", "", ("train", "-q")), *STEPS[-2:])
    monkeypatch.setattr("hookline.tutorial.guide.PROJECT", str(make_iris(tmp_path)))
    monkeypatch.setattr(subprocess, "Popen", Noted)
    said: list[str] = []
    run(said.append, lambda: None, os.environ, steps)
    shown = [line.removeprefix("$ ").removesuffix(" &") for line in said if line.startswith("$ ")]
    assert shown == Noted.words
    answer = next(line for line in said if line.startswith("< [{"))
    prediction_id = answer.split('"')[3]
    assert prediction_id in said[-2]


def make_iris(root: Path) -> Path:
    """Make a project with the iris contract and a model of one tree."""
    return make_project(
        root / "flowers",
        features=FEATURES,
        loader=LOADER,
        train=TRAIN.replace("n_estimators=20", "n_estimators=1"),
    )


def test_a_step_that_ends_otherwise_than_it_should_says_so(tmp_path: Path) -> None:
    with pytest.raises(
        HooklineError, match="`hookline check` ended with 1 instead of 0; `hookline doctor` may"
    ):
        run(lambda _: None, lambda: None, os.environ, (Step("Check", "", ("check",)),))


def test_a_service_that_does_not_start_is_no_riddle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path / "flowers")
    monkeypatch.setattr("hookline.tutorial.guide.PROJECT", str(project))
    serve = (Step("Serve", "", asks="[]"),)
    with pytest.raises(HooklineError, match=r"does not answer \(.*503.*\); run `hookline doctor`"):
        run(lambda _: None, lambda: None, os.environ, serve)
    (project / "config.yaml").write_text("service:\n  prot: 1\n")
    with pytest.raises(HooklineError, match=r"the service did not start \(.*\); run `hookline doctor`"):
        run(lambda _: None, lambda: None, os.environ, serve)


def test_without_a_terminal_it_must_be_told_not_to_wait(hookline: Hookline) -> None:
    done = hookline("tutorial")
    assert done.code == 2
    assert "say --yes" in done.errors


def test_with_yes_it_runs_through_and_says_how_to_go_on(
    hookline: Hookline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookline.cli.tutorial.run", lambda say, pause, _: (pause(), say("all steps")))
    done = hookline("tutorial", "--yes")
    assert done.code == 0
    assert done.said.startswith("all steps\nThat is all.")


def test_the_end_of_what_is_typed_ends_the_tutorial_like_ctrl_c(
    hookline: Hookline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", type("Typed", (io.StringIO,), {"isatty": lambda _: True})("\n"))
    monkeypatch.setattr("hookline.cli.tutorial.run", lambda _, pause, __: (pause(), pause()))
    assert hookline("tutorial").code == 130
