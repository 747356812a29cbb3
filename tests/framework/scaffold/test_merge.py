from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hookline.errors import ScaffoldError
from hookline.scaffold.managed import carried, managed_files
from hookline.scaffold.merge import merge
from hookline.scaffold.repository import Repository
from tests.framework.scaffold.conftest import Make
from tests.framework.scaffold.versions import Versions, git


@pytest.fixture
def project(make: Make, versions: Versions) -> Path:
    """Make a project of the older version."""
    return make(versions.old)


def edit(project: Path, path: str, old: str, new: str) -> None:
    file = project / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def keep(project: Path) -> None:
    git(project, "add", "--all")
    git(project, "commit", "-q", "-m", "mine")


def test_a_project_that_nobody_touched_becomes_one_of_the_new_version(
    project: Path, versions: Versions, make: Make
) -> None:
    merged = merge(project, versions.new)
    assert merged.conflicts == ()
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "rev-parse", "--abbrev-ref", "HEAD") == "hookline-0.2.0"
    fresh = make(versions.new, "fresh")
    different = git(
        project, "diff", "--stat", "HEAD", git(project, "fetch", "-q", str(fresh), "main") or "FETCH_HEAD"
    )
    assert {line.split("|")[0].strip() for line in different.splitlines()[:-1]} == {
        "README.md",
        "config.yaml",
    }
    assert carried(project).version == "0.2.0"


def test_what_an_update_says_it_did_is_what_it_did(project: Path, versions: Versions) -> None:
    merged = merge(project, versions.new)
    assert {path: verb for verb, path in merged.changes} == {
        "Makefile": "changed",
        "getting-started/hello.sh": "added",
        "getting-started/show_mongo.py": "removed",
        "getting-started/start_mongodb.sh": "changed",
        "locks/hookline.txt": "changed",
        "main.py": "changed",
        "vendor/hookline-0.1.0-py3-none-any.whl": "removed",
        "vendor/hookline-0.2.0-py3-none-any.whl": "added",
    }
    assert git(project, "ls-files", "--stage", "getting-started/hello.sh").startswith("100755")


def test_what_is_yours_stays_to_the_byte(project: Path, versions: Versions) -> None:
    edit(project, "source/model/train.py", "n_estimators=100", "n_estimators=7")
    edit(project, "config.yaml", "port: 5000", "port: 5000  # as ever")
    (project / "source" / "mine.py").write_bytes(b"# odd\r\n\tbytes \xff without an end")
    (project / "notebook.txt").write_text("not under version control\n")
    git(project, "add", "source", "config.yaml")
    git(project, "commit", "-q", "-m", "mine")
    managed = managed_files(versions.old).keys() | managed_files(versions.new).keys()

    def yours() -> dict[str, bytes]:
        return {
            str(path.relative_to(project)): path.read_bytes()
            for path in project.rglob("*")
            if path.is_file()
            and ".git" not in path.parts
            and path.relative_to(project).as_posix() not in managed
        }

    before = yours()
    assert {"notebook.txt", "source/mine.py", "README.md", "tests/test_project.py"} <= before.keys()
    merge(project, versions.new)
    assert yours() == before


def test_an_edit_beside_a_change_is_merged(project: Path, versions: Versions) -> None:
    edit(project, "Makefile", "clean: ## remove", "mine:\n\t@echo mine\n\nclean: ## remove")
    keep(project)
    assert merge(project, versions.new).conflicts == ()
    text = (project / "Makefile").read_text()
    assert "PYTHON ?= python3.50" in text
    assert "@echo mine" in text


def test_an_edit_of_the_same_line_is_shown_between_markers_and_nothing_is_committed(
    project: Path, versions: Versions
) -> None:
    edit(project, "Makefile", "PYTHON ?= python3", "PYTHON ?= python3.80")
    keep(project)
    before = git(project, "rev-parse", "HEAD")
    assert merge(project, versions.new).conflicts == ("Makefile",)
    text = (project / "Makefile").read_text()
    assert "<<<<<<<" in text
    assert "PYTHON ?= python3.80" in text
    assert "PYTHON ?= python3.50" in text
    assert git(project, "rev-parse", "HEAD") == before
    assert "UU Makefile" in git(project, "status", "--porcelain")


@pytest.mark.slow
def test_a_removed_managed_file_stays_away_and_the_update_says_so(project: Path, versions: Versions) -> None:
    (project / "getting-started" / "start_mongodb.sh").unlink()
    (project / "getting-started" / "show_mongo.py").unlink()
    shutil.rmtree(project / "docs")
    keep(project)
    merged = merge(project, versions.new)
    assert merged.conflicts == ()
    assert merged.left_out == ("getting-started/start_mongodb.sh",)
    assert not (project / "getting-started" / "start_mongodb.sh").exists()
    assert not (project / "docs").exists()


@pytest.mark.slow
def test_a_file_of_yours_where_a_managed_one_comes_is_a_conflict(project: Path, versions: Versions) -> None:
    (project / "getting-started" / "hello.sh").write_text("echo mine\n")
    keep(project)
    assert merge(project, versions.new).conflicts == ("getting-started/hello.sh",)
    assert "echo mine" in (project / "getting-started" / "hello.sh").read_text()


@pytest.mark.parametrize("ignored", ["", "hello.sh\n"], ids=["untracked", "ignored"])
def test_a_file_without_version_control_where_a_managed_one_comes_stops_the_update(
    project: Path, versions: Versions, ignored: str
) -> None:
    (project / ".git" / "info" / "exclude").write_text(ignored)
    (project / "getting-started" / "hello.sh").write_text("echo mine\n")
    with pytest.raises(ScaffoldError, match=r"getting-started/hello\.sh"):
        merge(project, versions.new)
    assert (project / "getting-started" / "hello.sh").read_text() == "echo mine\n"
    assert git(project, "branch", "--list") == "* main"
    assert git(project, "status", "--porcelain", "--untracked-files=no") == ""


def test_a_change_that_is_not_committed_stops_the_update(project: Path, versions: Versions) -> None:
    edit(project, "Makefile", "PYTHON ?= python3", "PYTHON ?= python3.80")
    with pytest.raises(ScaffoldError, match="Makefile changed since the last commit; commit or stash"):
        merge(project, versions.new)
    assert git(project, "branch", "--list") == "* main"


def test_without_a_commit_there_is_nothing_to_merge_with(make: Make, versions: Versions) -> None:
    project = make(versions.old, git=False)
    git(project, "init", "-q")
    with pytest.raises(ScaffoldError, match="has no commit that an update could be merged with"):
        merge(project, versions.new)


def test_a_project_on_no_branch_is_not_updated(project: Path, versions: Versions) -> None:
    git(project, "checkout", "-q", "--detach")
    with pytest.raises(ScaffoldError, match="is on no branch"):
        merge(project, versions.new)


@pytest.mark.slow
def test_the_branch_of_an_earlier_update_is_not_written_over(project: Path, versions: Versions) -> None:
    merge(project, versions.new)
    git(project, "switch", "-q", "main")
    with pytest.raises(ScaffoldError, match=r"there is a branch hookline-0\.2\.0 already"):
        merge(project, versions.new)


def test_an_update_that_is_broken_off_leaves_everything_as_it_was(
    project: Path, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = git(project, "rev-parse", "HEAD")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Repository, "commit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        merge(project, versions.new)
    assert git(project, "rev-parse", "HEAD") == before
    assert git(project, "branch", "--list") == "* main"
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.slow
def test_a_project_in_a_folder_of_a_larger_repository_is_updated_there(
    tmp_path: Path, make: Make, versions: Versions
) -> None:
    project = make(versions.old, "all/churn", git=False)
    (tmp_path / "all" / "Makefile").write_text("another\n")
    git(tmp_path / "all", "init", "-q", "-b", "main")
    keep(tmp_path / "all")
    assert merge(project, versions.new).conflicts == ()
    assert "python3.50" in (project / "Makefile").read_text()
    assert (tmp_path / "all" / "Makefile").read_text() == "another\n"


@pytest.mark.slow
def test_a_folder_that_moves_takes_your_edits_along_and_leaves_your_files(
    project: Path, versions: Versions
) -> None:
    edit(project, "getting-started/efk/setup.sh", "set -eu", "set -eux")
    (project / "getting-started" / "mine.sh").write_text("echo mine\n")
    keep(project)
    assert merge(project, versions.major).conflicts == ()
    assert "set -eux" in (project / "first-steps" / "efk" / "setup.sh").read_text()
    assert [path.name for path in (project / "getting-started").iterdir()] == ["mine.sh"]


@pytest.mark.slow
def test_two_updates_follow_each_other_and_a_major_one_explains_itself(
    project: Path, versions: Versions
) -> None:
    merge(project, versions.new)
    git(project, "switch", "-q", "main")
    git(project, "merge", "-q", "hookline-0.2.0")
    merged = merge(project, versions.major)
    assert merged.migrations == ("hookline 1.0\n\nRename `this` to `that`.",)
    assert "Rename `this` to `that`." in git(project, "log", "-1", "--format=%B")
