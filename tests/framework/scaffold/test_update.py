from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hookline.cli import main
from hookline.scaffold import apply
from hookline.scaffold.managed import carried
from tests.framework.scaffold.conftest import Make
from tests.framework.scaffold.versions import Versions, git

# Where the kernel lets anybody have one, a network without a single interface.
ALONE = ["unshare", "--map-root-user", "--net"]


@pytest.fixture
def project(make: Make, versions: Versions) -> Path:
    """Make a project of the older version."""
    return make(versions.old)


def update(project: Path, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hookline.cli", "update", "-C", str(project), *map(str, words)]
    if (
        shutil.which("unshare")
        and subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0
    ):
        command = [*ALONE, *command]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_check_exits_with_2_while_the_project_is_behind(
    project: Path, versions: Versions, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(*words: object) -> tuple[object, str]:
        with pytest.raises(SystemExit) as done:
            main(["update", "-C", str(project), "--check", *map(str, words)])
        return done.value.code, capsys.readouterr().out

    with pytest.raises(SystemExit) as done:
        main(["update", "-C", str(project), "--json"])
    assert done.value.code == 2
    assert "--json goes with --check" in capsys.readouterr().err
    before = git(project, "rev-parse", "HEAD")
    assert check("--to", versions.new.path) == (
        2,
        "behind: the project has hookline 0.1.0, and could have 0.2.0; `hookline update` brings it in\n",
    )
    code, said = check("--to", versions.new.path, "--json")
    assert code == 2
    assert json.loads(said) == {"has": "0.1.0", "could_have": "0.2.0", "behind": True}
    assert check("--to", versions.old.path) == (0, "up to date: hookline 0.1.0\n")
    assert git(project, "rev-parse", "HEAD") == before
    apply.main([str(project), str(versions.new.path), "--no-check"])
    capsys.readouterr()
    assert check("--to", versions.new.path) == (0, "up to date: hookline 0.2.0\n")
    assert check("--to", versions.old.path) == (0, "up to date: hookline 0.2.0\n")


@pytest.mark.slow
def test_the_newer_version_does_the_update_without_a_network(project: Path, versions: Versions) -> None:
    done = update(project, "--to", versions.new.path, "--no-try")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "hookline 0.1.0 → 0.2.0, on the branch hookline-0.2.0"
    assert "  added    getting-started/hello.sh" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1].startswith("As 0.2.0 says: git diff main, make test")
    assert carried(project).version == "0.2.0"


def test_the_newest_wheel_of_a_folder_is_taken(
    project: Path, versions: Versions, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for wheel in (versions.new, versions.major, versions.old):
        shutil.copy(wheel.path, shelf)
    with pytest.raises(SystemExit):
        main(["update", "-C", str(project), "--check", "--to", str(shelf)])
    assert "could have 1.0.0" in capsys.readouterr().out


@pytest.mark.slow
def test_a_checkout_is_taken_as_it_is_on_disk_and_another_build_of_a_version_is_an_update_too(
    project: Path, versions: Versions
) -> None:
    copy = versions.repository.parent / "another"
    shutil.copytree(versions.repository, copy, symlinks=True)
    git(copy, "checkout", "-q", "v0.1.0")
    (copy / "main.py").write_text((copy / "main.py").read_text() + "# between releases\n")
    done = update(project, "--to", copy, "--no-try")
    assert (done.returncode, done.stderr) == (0, "")
    assert "# between releases" in (project / "main.py").read_text()
    assert (
        "there is another build of hookline 0.1.0"
        in update(project, "--to", versions.old.path, "--check").stdout
    )


@pytest.mark.slow
def test_the_hooks_are_tried_with_the_new_version(project: Path, versions: Versions, tmp_path: Path) -> None:
    done = update(project, "--to", versions.new.path, **ready_environment(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "make check" in done.stdout
    assert "DataLoader.load_data" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("As 0.2.0 says: ")


@pytest.mark.slow
def test_hooks_that_fail_with_the_new_version_are_said(
    project: Path,
    versions: Versions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    train = project / "source" / "model" / "train.py"
    train.write_text(train.read_text().replace("def train_model", "def train_a_model"))
    git(project, "commit", "-q", "-a", "-m", "broken")
    for name, value in ready_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    assert apply.main([str(project), str(versions.new.path)]) == 1
    said = capfd.readouterr().out
    assert "The update is committed on hookline-0.2.0, but `make check` fails" in said
    assert "git switch main && git branch -D hookline-0.2.0" in said


def ready_environment(tmp_path: Path) -> dict[str, str]:
    """Make what make takes for an environment with everything in it: this one."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    # There is nothing to install into: the environment that runs the tests must stay as it is.
    programs = {
        "python": "echo nothing is installed here >&2; exit 9",
        "hookline": f'exec "{sys.executable}" -m hookline.cli "$@"',
    }
    for name, words in programs.items():
        program = venv / "bin" / name
        program.write_text(f"#!/bin/sh\n{words}\n")
        program.chmod(0o755)
    (venv / ".train").touch()
    tomorrow = time.time() + 86_400  # newer than what the update brings
    os.utime(venv / ".train", (tomorrow, tomorrow))
    return {"VENV": str(venv), "MAKEFLAGS": "", "MAKELEVEL": "0"}


def test_conflicts_are_named_with_the_way_on_and_the_way_back(
    project: Path, versions: Versions, capsys: pytest.CaptureFixture[str]
) -> None:
    makefile = project / "Makefile"
    makefile.write_text(makefile.read_text().replace("PYTHON ?= python3", "PYTHON ?= python3.80"))
    git(project, "rm", "-q", "getting-started/start_mongodb.sh")
    git(project, "commit", "-q", "-a", "-m", "mine")
    assert apply.main([str(project), str(versions.new.path)]) == 1
    said = capsys.readouterr().out
    assert "  conflict Makefile\n" in said
    assert "  left out getting-started/start_mongodb.sh: you have removed it\n" in said
    back = said.splitlines()[-1].removeprefix("Or undo all: ")
    subprocess.run(["bash", "-ec", back], cwd=project, check=True, capture_output=True)
    assert git(project, "branch", "--list") == "* main"
    assert git(project, "status", "--porcelain") == ""


def test_a_major_version_explains_itself_first(
    project: Path, versions: Versions, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apply.main([str(project), str(versions.major.path), "--no-check"]) == 0
    assert capsys.readouterr().out.startswith(
        "hookline 1.0\n\nRename `this` to `that`.\n\nhookline 0.1.0 → 1.0.0"
    )


@pytest.mark.slow
def test_a_project_without_a_makefile_is_updated_all_the_same(
    project: Path, versions: Versions, capsys: pytest.CaptureFixture[str]
) -> None:
    git(project, "rm", "-q", "Makefile")
    git(project, "commit", "-q", "-m", "mine")
    assert apply.main([str(project), str(versions.new.path)]) == 0
    assert "make check\n" not in capsys.readouterr().out


def test_a_broken_off_update_says_so(
    project: Path, versions: Versions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(apply, "merge", interrupted)
    assert apply.main([str(project), str(versions.new.path)]) == 130
    assert capsys.readouterr() == ("", "interrupted\n")


def slow_programs(folder: Path, word: str) -> Path:
    """Make a git and a make that wait at a word, and a git that takes its time over putting things back."""
    folder.mkdir()
    for name in ("git", "make"):
        program = folder / name
        program.write_text(
            '#!/bin/sh\ncase " $* " in\n'
            f'*" {word} "*) touch "{folder}/waiting"; sleep 60;;\n'
            '*" reset "*) sleep 1;;\nesac\n'
            f'exec "{shutil.which(name)}" "$@"\n'
        )
        program.chmod(0o755)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("word", ["cherry-pick", "check"])
def test_ctrl_c_on_a_terminal_leaves_no_half_of_an_update(
    word: str, project: Path, versions: Versions, tmp_path: Path
) -> None:
    slow = slow_programs(tmp_path / "slow", word)
    with subprocess.Popen(
        [sys.executable, "-m", "hookline.cli", "update", "-C", str(project), "--to", str(versions.new.path)],
        env={**os.environ, "PATH": f"{slow}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        while not (slow / "waiting").exists():
            assert running.poll() is None, running.communicate()
            time.sleep(0.02)
        # As a terminal does it: all that is in front gets it.
        os.killpg(running.pid, signal.SIGINT)
        if word == "cherry-pick":  # and again, from somebody in a hurry, while git puts things back
            time.sleep(0.5)
            os.killpg(running.pid, signal.SIGINT)
        said, errors = running.communicate()
    assert running.returncode == 130
    assert errors.splitlines()[-1] == "interrupted"
    assert "Traceback" not in errors
    assert git(project, "status", "--porcelain") == ""
    if word == "check":
        assert "the update is committed on hookline-0.2.0 all the same" in said
        assert git(project, "rev-parse", "--abbrev-ref", "HEAD") == "hookline-0.2.0"
    else:
        assert (git(project, "branch", "--list"), carried(project).version) == ("* main", "0.1.0")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("dirty", "Makefile changed since the last commit; commit or stash that, then update"),
        ("older", "the project has hookline 0.2.0, newer than 0.1.0; name a newer one with --to"),
        ("nothing", "is neither a wheel of hookline, nor a checkout, nor a folder with wheels"),
        ("named", "is not a wheel of hookline; it is called hookline-VERSION-py3-none-any.whl"),
        ("damaged", "cannot be read as a wheel"),
        ("empty", "holds no template"),
        ("no project", "is not a hookline project: it has no folder `source`"),
        ("no wheel", "holds no hookline-*.whl; bring it back from version control"),
        ("two wheels", "vendor/ holds hookline-0.1.0-py3-none-any.whl and hookline-0.2.0-py3-none-any.whl"),
    ],
)
def test_what_stops_an_update_is_one_sentence(
    make: Make,
    versions: Versions,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    what: str,
    words: str,
) -> None:
    project = make(versions.new if what == "older" else versions.old)
    to = versions.old.path if what == "older" else versions.new.path
    named = tmp_path / "hookline-9.0.0-py3-none-any.whl"
    match what:
        case "dirty":
            (project / "Makefile").write_text("mine\n")
        case "nothing":
            to = tmp_path / "nowhere"
        case "named":
            to = project / "main.py"
        case "damaged":
            named.write_bytes(b"not an archive")
            to = named
        case "empty":
            shutil.make_archive(str(tmp_path / "empty"), "zip", project / "model_bin")
            (tmp_path / "empty.zip").rename(named)
            to = named
        case "no project":
            project = tmp_path / "elsewhere"
            project.mkdir()
        case "no wheel":
            shutil.rmtree(project / "vendor")
        case "two wheels":
            shutil.copy(versions.new.path, project / "vendor")
    with pytest.raises(SystemExit) as done:
        main(["update", "-C", str(project), "--to", str(to), "--no-try"])
    said, errors = capfd.readouterr()
    assert (done.value.code, said) == (1, "")
    assert errors.startswith("error: ")
    assert words in errors
    assert len(errors.splitlines()) == 1
