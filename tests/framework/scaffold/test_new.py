from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from hookline.cli import main
from hookline.cli import new as command
from hookline.scaffold import create, pack, ways
from hookline.scaffold.examples import EXAMPLES
from hookline.scaffold.wheel import Wheel
from hookline.scaffold.yours import Yours
from tests.framework.scaffold.versions import git

New: TypeAlias = Callable[..., tuple[object, str, str]]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, iris: Yours, wheel: Wheel) -> list[tuple[object, ...]]:
    """Stand in for the ways in, and note how they are called."""
    calls: list[tuple[object, ...]] = []

    def stand_in(way: str) -> Callable[..., Yours]:
        def take(*given: object) -> Yours:
            calls.append((way, *given))
            return Yours(way, iris.files, (f"A note of {way}.",))

        return take

    for way in ("example", "blank", "from_data", "from_project"):
        monkeypatch.setattr(ways, way, stand_in(way))
    monkeypatch.setattr(pack, "own_wheel", lambda _: wheel)
    return calls


@pytest.fixture
def new(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> New:
    """Return a function that runs `hookline new …` in a folder where nothing is yet."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*words: object, answers: str | None = None) -> tuple[object, str, str]:
        if answers is not None:
            lines = iter([*answers.split("\n")[:-1]])

            class Terminal:
                def isatty(self) -> bool:
                    return True

            monkeypatch.setattr(sys, "stdin", Terminal())
            monkeypatch.setattr("typer.prompt", lambda _, default=None: next(lines) or default)
        with pytest.raises(SystemExit) as done:
            main(["new", *map(str, words)])
        return done.value.code, *capsys.readouterr()

    return run


def test_a_project_is_made_and_its_owner_told_what_is_theirs(new: New, called: list[object]) -> None:
    code, said, errors = new("../my churn", "--example", "iris")
    assert (code, errors) == (0, "")
    lines = said.splitlines()
    assert lines[0] == "../my churn: my churn, begun with example"
    assert "    source/model/train.py" in lines
    assert "  a git repository with a first commit" in lines
    assert lines[-2:] == ["  A note of example.", "Next: cd '../my churn' && make run"]
    assert git(Path("../my churn"), "status", "--porcelain") == ""


def test_where_one_stands_there_is_nowhere_to_go(new: New, called: list[object]) -> None:
    code, said, errors = new(".", "--example", "iris")
    assert (code, errors) == (0, "")
    assert said.splitlines()[-1] == "Next: make run"
    assert Path("Makefile").is_file()


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("--example score", ("example", "score")),
        ("--from-data a.csv --target y", ("from_data", Path("a.csv"), "y", None, None)),
        (
            "--from-data a.csv --target y --id k --task regression",
            ("from_data", Path("a.csv"), "y", "k", "regression"),
        ),
        ("--blank", ("blank", "classification", "target")),
        ("--blank --task regression --target price", ("blank", "regression", "price")),
        ("--from-project ../old", ("from_project", Path("../old"))),
    ],
)
def test_options_answer_every_question(
    new: New, called: list[object], words: str, call: tuple[object, ...]
) -> None:
    assert new("../churn", "--no-git", *words.split())[0] == 0
    assert called == [call]
    assert not Path("../churn/.git").exists()


@pytest.mark.parametrize(
    ("answers", "call"),
    [
        ("../churn\n\n\n", ("example", "iris")),
        ("../churn\n1\nscore\n", ("example", "score")),
        ("../churn\n1\nscroe\nscore\n", ("example", "score")),
        ("../churn\n2\na.csv\ny\n", ("from_data", Path("a.csv"), "y", None, None)),
        ("../churn\n2\nb.csv\na.csv\ny\n", ("from_data", Path("a.csv"), "y", None, None)),
        ("../churn\n2\na.csv\nyy\ny\n", ("from_data", Path("a.csv"), "y", None, None)),
        ("../churn\n3\nregression\n", ("blank", "regression", "target")),
        ("../churn\n3\nwhat\n\n", ("blank", "classification", "target")),
        ("../churn\n9\n4\n../old\n", ("from_project", Path("../old"))),
        ("../churn\n4\n../odl\n../old\n", ("from_project", Path("../old"))),
        (f"../churn\n4\n{'x' * 300}\n../old\n", ("from_project", Path("../old"))),
        (f"../churn\n2\n{'x' * 300}\na.csv\ny\n", ("from_data", Path("a.csv"), "y", None, None)),
    ],
)
def test_what_no_option_says_is_asked(
    new: New, called: list[object], answers: str, call: tuple[object, ...]
) -> None:
    Path("a.csv").write_text("x,y\n1,a\n")
    Path("../old").mkdir()
    code, said, _ = new("--no-git", answers=answers)
    assert code == 0
    assert "How do you want to begin?" in said
    assert called == [call]


def test_a_slip_is_answered_with_what_was_meant_and_costs_no_other_answer(
    new: New, called: list[object]
) -> None:
    Path("a.csv").write_text("size,kind\n1,a\n")
    _, said, _ = new("--no-git", answers="../churn\n2\na.csv\nknid\nkind\n")
    assert "Columns: size, kind\nthere is no 'knid'; did you mean 'kind'?\n" in said
    _, said, _ = new("--no-git", answers="../flowers\n1\nrisi\nsomething\niris\n")
    assert "there is no 'risi'; did you mean 'iris'?\n" in said
    assert "there is no 'something'; choose one of those above\n" in said


def test_a_table_that_cannot_be_read_is_refused_before_its_column_is_asked_for(
    new: New, called: list[object]
) -> None:
    Path("a.csv").touch()
    code, _, errors = new("--no-git", answers="../churn\n2\na.csv\n")
    assert (code, errors) == (1, "error: a.csv is empty; a CSV needs a header and rows\n")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "name FOLDER; there is no terminal to ask on"),
        ("../churn", "name how to begin: --example NAME, --from-data FILE"),
        ("../churn --blank --example iris", "choose one of --example"),
        ("../churn --from-data a.csv", "name the column to predict, with --target"),
        ("../churn --example iris --target y", "--target, --id and --task go with --from-data"),
        ("../churn --blank --id k", "--id goes with --from-data"),
        ("../churn --blank --task clustering", "--task is classification or regression, not 'clustering'"),
    ],
)
def test_wrong_use_exits_with_2_and_says_what_is_right(
    new: New, called: list[object], words: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code, said, errors = new(*words.split())
    assert (code, said, called) == (2, "", [])
    assert why in " ".join(errors.replace("│", " ").split())
    assert not Path("../churn").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["../予測"], "has no letter from a to z"),
        (["../{{ x }}"], "holds '{'"),
        (["."], "is not empty"),
        (["/proc/churn"], "/proc/churn cannot be made"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_sentence(
    new: New, called: list[object], words: list[str], why: str
) -> None:
    Path("mine").touch()
    code, said, errors = new(*words, "--example", "iris")
    assert (code, said) == (1, "")
    assert errors.startswith("error: ")
    assert why in errors
    assert len(errors.splitlines()) == 1


def test_without_git_a_project_is_made_and_says_what_it_lacks(
    new: New, called: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create, "has_git", lambda: False)
    code, said, _ = new("../churn", "--example", "iris")
    assert code == 0
    assert "no git repository, for git is not installed; `hookline update` will need one" in said


def test_ctrl_c_at_a_question_leaves_nothing_and_exits_with_130(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "hookline.cli", "new", "churn"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=tmp_path,
        start_new_session=True,
    ) as running:
        os.close(theirs)
        said = b""
        while b"Number" not in said:
            said += os.read(ours, 1024)
        time.sleep(0.1)  # the question is written before its answer is read
        running.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):
            while part := os.read(ours, 1024):
                said += part
    os.close(ours)
    assert running.returncode == 130
    assert b"Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_is_typed_is_the_one_that_a_shell_would_take(
    new: New, called: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "old").mkdir()
    assert new("--no-git", answers="~/churn\n4\n~/old\n")[0] == 0
    assert called == [("from_project", tmp_path / "old")]
    assert (tmp_path / "churn" / "Makefile").is_file()


def test_what_cannot_be_served_yet_is_not_said_to_be(new: New) -> None:
    code, said, _ = new("../churn", "--blank", "--no-git")
    assert (code, said.splitlines()[-1]) == (0, "Next: cd ../churn && make check")


def test_the_examples_are_named_where_one_is_chosen(new: New, called: list[object]) -> None:
    assert re.split(r", | or ", command._NAMES) == list(EXAMPLES)
    said = new("../churn", "--no-git", answers="\n\n")[1]
    assert all(f"  {name} " in said for name in EXAMPLES)


def test_the_questions_are_those_of_the_ways() -> None:
    assert list(command._WAYS) == ["example", "data", "blank", "project"]
