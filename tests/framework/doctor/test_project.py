from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.framework.cli.conftest import Hookline, hookline
from tests.framework.doctor.conftest import Path_, looked
from tests.framework.helpers import make_project
from tests.framework.service.projects import trained_once

__all__ = ["hookline"]


@pytest.fixture
def iris(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the trained iris project."""
    return shutil.copytree(
        trained_once("iris", tmp_path_factory), tmp_path / "iris", ignore=shutil.ignore_patterns("var")
    )


def lock_of(root: Path, *pins: str) -> None:
    (root / "locks").mkdir(exist_ok=True)
    (root / "locks" / "train.txt").write_text("".join(f"{pin} \\\n    --hash=sha256:0\n" for pin in pins))


def install(root: Path, **packages: str) -> None:
    for name, version in packages.items():
        info = root / ".venv" / "lib" / "python3.11" / "site-packages" / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_a_trained_project_is_fine(iris: Path, path_with: Path_) -> None:
    lock_of(iris, "numpy==2.0", "only_here==1 ; sys_platform == 'win32'")
    install(iris, numpy="2.0")
    found = looked(iris, path_with())
    project = {what: each.verdict for what, each in found.items() if each.area == "project"}
    assert project == dict.fromkeys(
        ("config.yaml", "features.yaml", "hooks", "owners", "environment", "model"), "fine"
    )
    assert "compiled, whole and of this contract" in found["model"].seen


def test_a_folder_without_a_project_is_a_note(tmp_path: Path, path_with: Path_) -> None:
    assert looked(tmp_path, path_with())["project"].next.startswith("hookline new")


def test_a_config_that_cannot_be_read_is_told_once_and_the_rest_is_looked_at(
    iris: Path, path_with: Path_
) -> None:
    (iris / "config.yaml").write_text("# Yours\nservice:\n  prot: 1\n")
    found = looked(iris, path_with())
    assert found["config.yaml"].verdict == "problem"
    assert "did you mean" in found["config.yaml"].seen
    assert found["model"].seen.startswith("not looked at")
    assert found["port"].area == "machine"


Spoil = Callable[[Path], object]


def edit_contract(root: Path) -> None:
    path = root / "source/model/features.yaml"
    path.write_text(path.read_text().replace("ge: 0", "ge: 0.05", 1))


def spoil_model(root: Path) -> None:
    current = json.loads((root / "model_bin/current.json").read_text())
    version = next(
        word
        for word in json.dumps(current).split('"')
        if (root / "model_bin" / word / "manifest.json").exists()
    )
    path = root / "model_bin" / version / "model.onnx"
    path = path if path.exists() else next((root / "model_bin" / version).glob("model.*"))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")


@pytest.mark.parametrize(
    ("what", "spoil", "verdict", "seen", "next_"),
    [
        (
            "features.yaml",
            lambda root: (root / "source/model/features.yaml").write_text("task: guess\n"),
            "problem",
            "guess",
            "hookline contract show",
        ),
        (
            "hooks",
            lambda root: (root / "source/model/train.py").unlink(),
            "problem",
            "source/model/train.py is missing",
            "docs/hooks.md",
        ),
        (
            "owners",
            lambda root: (root / "source/model/more.py").write_text("x = 1\n"),
            "note",
            "source/model/more.py",
            "# Yours",
        ),
        ("model", edit_contract, "note", "has changed since", "hookline train"),
        (
            "model",
            lambda root: shutil.rmtree(root / "model_bin"),
            "note",
            "none is current yet",
            "hookline train",
        ),
        ("model", spoil_model, "problem", "model.", "rollback"),
        ("environment", lambda _: None, "note", "no locks/train.txt", "make setup"),
        ("environment", lambda root: lock_of(root, "a==1"), "note", "no .venv yet", "make setup"),
    ],
    ids=[
        "contract",
        "hooks",
        "owners",
        "older model",
        "no model",
        "spoilt model",
        "no lock",
        "no environment",
    ],
)
def test_what_is_not_right_is_said_with_the_next_command(
    what: str, spoil: Spoil, verdict: str, seen: str, next_: str, iris: Path, path_with: Path_
) -> None:
    spoil(iris)
    found = looked(iris, path_with())[what]
    assert found.verdict == verdict, found
    assert seen in found.seen
    assert next_ in found.next


def test_packages_that_are_not_what_the_lock_says_are_named(iris: Path, path_with: Path_) -> None:
    lock_of(iris, "numpy==2.0", "Some.Thing==1.0 ; python_version < '4'", "some-thing==1.1", "lost==3")
    install(iris, numpy="1.9", some_thing="1.0")
    found = looked(iris, path_with())["environment"]
    assert found.seen == "other versions than locked: numpy 1.9 instead of 2.0; not installed: lost"
    assert found.next == "make clean setup"


def test_a_lock_that_is_newer_than_the_environment_is_a_note(iris: Path, path_with: Path_) -> None:
    lock_of(iris, "numpy==2.0")
    install(iris, numpy="2.0")
    (iris / ".venv" / ".train").touch()
    os.utime(iris / ".venv" / ".train", (1, 1))
    assert looked(iris, path_with())["environment"].seen == "locks/train.txt is newer than .venv"
    (iris / ".venv" / ".train").touch()
    assert looked(iris, path_with())["environment"].verdict == "fine"


def test_the_wheel_in_vendor_must_be_the_one_that_is_locked(iris: Path, path_with: Path_) -> None:
    (iris / "vendor").mkdir()
    (iris / "locks").mkdir()
    wheel = iris / "vendor" / "hookline-1.2.3-py3-none-any.whl"
    (iris / "locks" / "hookline.txt").write_text(
        f"hookline==1.2.3 --hash=sha256:{sha256(b'one').hexdigest()}\n"
    )
    assert looked(iris, path_with())["vendor"].seen == "no wheel of hookline is in vendor/"
    wheel.write_bytes(b"one")
    assert looked(iris, path_with())["vendor"].verdict == "fine"
    wheel.write_bytes(b"two")
    found = looked(iris, path_with())["vendor"]
    assert (found.verdict, found.next) == ("problem", "git checkout -- vendor locks")


def test_the_command_exits_with_1_for_problems_only(
    hookline: Hookline, tmp_path: Path, path_with: Path_, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "project")
    environ = path_with(python3="echo 3.12", make="echo 4")
    monkeypatch.setenv("PATH", environ["PATH"])
    monkeypatch.setenv("HOOKLINE_SERVICE__PORT", "0")
    done = hookline("doctor", "-C", project)
    assert done.code == 0
    assert "note: docker: not there" in done.said
    assert "  next  hookline train" in done.said
    (project / "source/model/train.py").unlink()
    done = hookline("doctor", "-C", project, "--json")
    assert done.code == 1
    found = json.loads(done.said)
    assert found["ok"] is False
    assert [each["what"] for each in found["findings"] if each["verdict"] == "problem"] == ["hooks"]
    assert hookline("doctor", "-C", tmp_path / "nowhere").errors.startswith("error: ")
