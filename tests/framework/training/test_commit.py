from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hookline.training.commit import Commit, current_commit


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_commit_is_named_and_changes_since_are_told(tmp_path: Path) -> None:
    assert current_commit(tmp_path) is None
    git(tmp_path, "init", "--quiet")
    assert current_commit(tmp_path) is None
    (tmp_path / "one").write_text("1")
    git(tmp_path, "add", "one")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    commit = current_commit(tmp_path)
    assert commit == Commit(git(tmp_path, "rev-parse", "HEAD"), dirty=False)
    assert str(commit) == commit.id[:12]
    (tmp_path / "one").write_text("2")
    changed = current_commit(tmp_path)
    assert changed is not None
    assert str(changed) == f"{commit.id[:12]} with uncommitted changes"


def test_a_change_beside_the_project_does_not_count(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "one").write_text("1")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    (tmp_path / "beside").write_text("2")
    commit = current_commit(project)
    assert commit is not None
    assert not commit.dirty


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert current_commit(tmp_path) is None
