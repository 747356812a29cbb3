from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import Distribution
from pathlib import Path

import pytest
import yaml

import hookline
from hookline.config import load_settings
from hookline.errors import ScaffoldError
from hookline.scaffold import create as creating
from hookline.scaffold import pack, ways
from hookline.scaffold.create import create
from hookline.scaffold.examples import EXAMPLES
from hookline.scaffold.managed import managed_files
from hookline.scaffold.names import Names
from hookline.scaffold.pack import own_wheel
from hookline.scaffold.repository import Repository, has_git
from hookline.scaffold.settings import settings_text
from hookline.scaffold.wheel import Wheel
from hookline.scaffold.yours import Yours
from tests.framework.legacy.older import make_older
from tests.framework.scaffold.conftest import Make
from tests.framework.scaffold.tables.make import HERE as TABLES_FOLDER
from tests.framework.scaffold.versions import git
from tests.house import OWNERS, ROOT, tracked

MANAGED = ROOT / "template" / "managed"
NOT_OF_A_PROJECT = {"docs/benchmarks.md", "docs/examples.md"}
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
TARGET = re.compile(r"(?:`|^\s*\$ )make ([a-z][a-z-]*)", re.MULTILINE)
OURS = re.compile(r"`((?:tests|hookline|benchmarks|docs|examples|template|source)/[\w./-]+)`")
OWN_REPOSITORY = "hookline's own repository"
UNSIGNED = {".json", ".png", ".md", ".txt", ".whl", ".csv"}
"""Kinds of files that cannot begin with their owner, or whose folder says it."""


@pytest.fixture
def project(make: Make, wheel: Wheel) -> Path:
    """Make a project with a name that is hard on scripts."""
    return make(wheel, "3 Kündigung's, & more")


def texts(root: Path) -> dict[str, str]:
    found = {}
    for name in git(root, "ls-files", "-z").split("\0")[:-1]:
        if not name.startswith(("vendor/", "docs/pictures/")):
            found[name] = (root / name).read_text(encoding="utf-8")
    return found


def test_a_project_is_committed_whole(project: Path) -> None:
    assert git(project, "status", "--porcelain", "--ignored") == ""
    assert git(project, "log", "--format=%s") == "Begin with hookline 0.1.0"
    assert git(project, "rev-parse", "--abbrev-ref", "HEAD") == "main"
    files = {path for path in project.rglob("*") if path.is_file() and ".git" not in path.parts}
    assert len(files) == len(git(project, "ls-files").splitlines())
    assert [path for path in files if path.is_symlink()] == []


def test_a_data_scientist_must_open_five_files_at_most(project: Path) -> None:
    yours = [name for name, text in texts(project).items() if "Yours" in text.split("\n", 1)[0]]
    assert sorted(set(yours) - {"tests/test_project.py"}) == [
        "README.md",
        "config.yaml",
        "source/data/data_loader.py",
        "source/model/features.yaml",
        "source/model/train.py",
    ]


def test_every_file_says_in_its_first_lines_whose_it_is(project: Path) -> None:
    silent = [
        name
        for name, text in texts(project).items()
        if Path(name).suffix not in UNSIGNED
        and not name.startswith("helm/")  # Chart.yaml speaks for the whole chart
        and not any(owner in "\n".join(text.split("\n")[:2]) for owner in OWNERS)
    ]
    assert silent == []
    assert texts(project)["helm/Chart.yaml"].startswith("# Managed")


@pytest.mark.parametrize("way", [*EXAMPLES, "blank", "blank regression", "table", "older"])
def test_nothing_is_left_to_fill_in_whichever_way_it_begins(way: str, tmp_path: Path, wheel: Wheel) -> None:
    match way:
        case "blank":
            yours = ways.blank("classification", "churned")
        case "blank regression":
            yours = ways.blank("regression", "price")
        case "table":
            yours = ways.from_data(TABLES_FOLDER / "mixed.csv", "stays", None, None)
        case "older":
            yours = ways.from_project(make_older(tmp_path / "older"))
        case _:
            yours = ways.example(way)
    root = tmp_path / "churn"
    created = create(root, yours, names=Names.of("3 Kündigung's, & more"), wheel=wheel, git=False)
    written = {name: (root / name).read_bytes().decode(errors="replace") for name in created.yours}
    assert {"README.md", "tests/test_project.py", "config.yaml", *yours.files} == written.keys()
    mark = r"\{\{|\{%|\{#|<<<<<<<|TODO" + (r"|\{\w+\}" if way.startswith("blank") else "")
    assert [name for name, text in written.items() if re.search(mark, text)] == []
    assert "3 Kündigung's, & more" in written["README.md"]


def managed_names() -> set[str]:
    return {
        re.sub(r"^dot(?=\.)", "", path.relative_to(MANAGED).as_posix())
        for folder, _, files in os.walk(MANAGED, followlinks=True)
        for path in (Path(folder, name) for name in files)
    }


def test_every_link_of_a_page_leads_to_a_file(project: Path) -> None:
    lost = [
        (name, target)
        for name, text in texts(project).items()
        if name.endswith(".md")
        for target in LINK.findall(text)
        if not ((project / name).parent / target).exists()
    ]
    assert lost == []


def test_no_page_names_a_target_that_the_makefile_of_a_project_lacks(project: Path) -> None:
    there = set(re.findall(r"^([a-z-]+):", (project / "Makefile").read_text(), re.MULTILINE))
    lost = [
        (name, target)
        for name, text in texts(project).items()
        for sentence in re.split(r"(?<=[.:;])\s|\n\s*\n|\|", text)
        for target in TARGET.findall(sentence)
        if target not in there and OWN_REPOSITORY not in " ".join(sentence.split())
    ]
    assert lost == []


def test_no_section_names_a_file_that_a_project_lacks(project: Path) -> None:
    lost = [
        (name, path)
        for name, text in texts(project).items()
        if name.endswith(".md")
        for section in re.split(r"^#+ ", text, flags=re.MULTILINE)
        for path in OURS.findall(section)
        if not (project / path).exists()
        and (ROOT / path).exists()
        and OWN_REPOSITORY not in " ".join(section.split())
    ]
    assert lost == []


def test_the_settings_hold_the_names_and_what_the_way_in_brings(
    tmp_path: Path, wheel: Wheel, iris: Yours
) -> None:
    brought = {"config.yaml": "service:\n  ID_NAME: customer\nprediction_log:\n  mongo_db_name: kept\n"}
    root = tmp_path / "churn"
    create(root, Yours("mine", {**iris.files, **brought}), names=Names.of("churn"), wheel=wheel, git=False)
    settings = load_settings(root, {})
    assert (settings.service.name, settings.service.ID_NAME) == ("churn", "customer")
    assert settings.deployment.deployment_name == "churn"
    assert settings.images.runtime_image_name == "churn-runtime"
    assert settings.prediction_log.mongo_db_name == "kept"
    assert not (root / ".git").exists()


def test_what_was_named_after_an_older_project_is_named_after_the_new_one(
    tmp_path: Path, wheel: Wheel, iris: Yours
) -> None:
    older = Names.of("Old one").settings() | {"prediction_log.mongo_db_name": "kept"}
    yours = Yours("old-one", {**iris.files, "config.yaml": settings_text(older)})
    create(tmp_path / "churn", yours, names=Names.of("churn"), wheel=wheel, git=False)
    settings = load_settings(tmp_path / "churn", {})
    assert (settings.service.name, settings.deployment.deployment_name) == ("churn", "churn")
    assert settings.images.production_image_name == "churn"
    assert settings.prediction_log.mongo_db_name == "kept"


def test_the_lock_names_the_wheel_by_its_hash_and_pip_takes_no_other(project: Path, tmp_path: Path) -> None:
    words = [
        "--no-deps",
        "--require-hashes",
        "--no-index",
        "--find-links",
        "vendor",
        "-r",
        "locks/hookline.txt",
    ]
    command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(tmp_path / "there"), *words]
    subprocess.run(command, cwd=project, check=True)
    assert (tmp_path / "there" / "hookline" / "scaffold" / "template" / "managed" / "Makefile").is_file()
    (vendored,) = (project / "vendor").iterdir()
    vendored.write_bytes(vendored.read_bytes() + b"\0")
    refused = subprocess.run(command, cwd=project, check=False, capture_output=True, text=True)
    assert "DO NOT MATCH THE HASHES" in refused.stderr


@pytest.mark.slow
def test_an_installed_hookline_makes_the_same_projects_as_its_checkout(
    tmp_path: Path, wheel: Wheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "site"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(there),
    ]
    subprocess.run([*command, str(wheel.path)], check=True)
    monkeypatch.setattr(hookline, "__file__", str(there / "hookline" / "__init__.py"))
    monkeypatch.setattr(pack, "installed", lambda _: Distribution.at(next(there.glob("*.dist-info"))))
    packed = tmp_path / "packed"
    packed.mkdir()
    again = own_wheel(packed)
    assert (again.version, again.digest) == (wheel.version, wheel.digest)
    without = {"locks/hookline.txt", f"vendor/{wheel.path.name}"}
    one, other = (
        {path: file for path, file in managed_files(each).items() if path not in without}
        for each in (wheel, again)
    )
    assert one == other


def test_a_hookline_without_its_template_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hookline, "__file__", str(tmp_path / "hookline" / "__init__.py"))
    with pytest.raises(ScaffoldError, match="is installed without its template"):
        own_wheel(tmp_path)  # this installation leads to a checkout, so it lists no files of the package


def test_a_checkout_without_version_control_is_taken_but_for_what_is_made(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    pack.export(ROOT, checkout)
    (checkout / ".venv").mkdir()
    pack.export(checkout, tmp_path / "again")
    assert (tmp_path / "again" / "template" / "managed" / "Makefile").is_symlink()
    assert not (tmp_path / "again" / ".venv").exists()


def test_a_checkout_that_cannot_be_built_is_named(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    pack.export(ROOT, checkout)
    (checkout / "Makefile").unlink()
    with pytest.raises(
        ScaffoldError, match=r"cannot be built \(.*Makefile.*\); run `make setup` there first"
    ):
        pack.build_wheel(checkout, tmp_path)


def test_git_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not has_git()
    with pytest.raises(ScaffoldError, match="git cannot be started"):
        Repository(tmp_path).git("status")


def test_where_git_knows_nobody_the_first_commit_is_by_hookline(
    make: Make, wheel: Wheel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    assert git(make(wheel), "log", "--format=%an <%ae>") == "hookline <hookline@localhost>"


def test_the_wheel_holds_only_what_is_under_version_control(tmp_path: Path, wheel: Wheel) -> None:
    links = {path.relative_to(ROOT).as_posix() for path in tracked()}
    assert {name for name in wheel.files("hookline/") if name.startswith("scaffold/template/")}
    ours = {name for name in wheel.files("") if name.startswith("hookline/") and "/template/" not in name}
    assert {
        name for name in ours if name not in links and not name.startswith("hookline/scaffold/examples/")
    } == set()


@pytest.mark.parametrize("what", ["a file within", "a file", "a broken link"])
def test_what_is_there_is_never_written_over(tmp_path: Path, what: str, wheel: Wheel, iris: Yours) -> None:
    root = tmp_path / "churn"
    if what == "a file within":
        root.mkdir()
        (root / "mine").touch()
    elif what == "a file":
        root.touch()
    else:
        root.symlink_to("nowhere")
    with pytest.raises(ScaffoldError, match="name a new folder, nothing is ever written over"):
        create(root, iris, names=Names.of("churn"), wheel=wheel)
    assert [path.name for path in tmp_path.iterdir()] == ["churn"]


@pytest.mark.parametrize("how", ["a folder", "a link to one", "where one stands"])
def test_an_empty_folder_is_taken_and_stays_the_same_folder(
    how: str, tmp_path: Path, wheel: Wheel, iris: Yours, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = root = tmp_path / "churn"
    folder.mkdir()
    before = folder.stat().st_ino
    if how == "a link to one":
        root = tmp_path / "link"
        root.symlink_to(folder)
    elif how == "where one stands":
        monkeypatch.chdir(folder)
        root = Path()
    create(root, iris, names=Names.of("churn"), wheel=wheel)
    assert (folder / "Makefile").is_file()
    assert folder.stat().st_ino == before
    assert git(folder, "status", "--porcelain", "--ignored") == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({folder.name, root.name or folder.name})


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_empty_folder_is_empty_again_when_it_cannot_be_filled(
    error: BaseException, tmp_path: Path, wheel: Wheel, iris: Yours, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fails(path: Path, target: Path) -> Path:
        if path.name == "main.py":
            raise error
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    (tmp_path / "churn").mkdir()
    words = "cannot be made: No space left on device; name another folder"
    with pytest.raises((KeyboardInterrupt, ScaffoldError), match=None if not error.args else words):
        create(tmp_path / "churn", iris, names=Names.of("churn"), wheel=wheel, git=False)
    assert list((tmp_path / "churn").iterdir()) == []


def test_what_comes_into_the_folder_meanwhile_is_not_written_over(
    tmp_path: Path, wheel: Wheel, iris: Yours, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "churn"
    root.mkdir()
    monkeypatch.setattr(creating, "_first_commit", lambda *_: (root / "README.md").write_text("mine"))
    with pytest.raises(ScaffoldError, match="is no longer empty"):
        create(root, iris, names=Names.of("churn"), wheel=wheel)
    assert [(path.name, path.read_text()) for path in root.iterdir()] == [("README.md", "mine")]


def test_a_broken_off_creation_leaves_nothing(
    tmp_path: Path, wheel: Wheel, iris: Yours, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(creating, "_first_commit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        create(tmp_path / "churn", iris, names=Names.of("churn"), wheel=wheel)
    assert list(tmp_path.iterdir()) == []


def test_a_way_in_must_not_bring_what_is_managed(tmp_path: Path, wheel: Wheel) -> None:
    with pytest.raises(ScaffoldError, match="Makefile is hookline's own"):
        create(tmp_path / "churn", Yours("bad", {"Makefile": ""}), names=Names.of("churn"), wheel=wheel)


@pytest.mark.parametrize("name", ["../case.json", "tests/../../case.json", "{}/case.json"])
def test_a_way_in_must_not_write_outside_the_project(tmp_path: Path, wheel: Wheel, name: str) -> None:
    path = name.format(tmp_path)
    (tmp_path / "case.json").write_text("mine")
    with pytest.raises(ScaffoldError, match=r"case\.json lies outside the new project"):
        create(tmp_path / "churn", Yours("bad", {path: "[]"}), names=Names.of("churn"), wheel=wheel)
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("case.json", "mine")]


def test_the_root_is_what_a_project_of_iris_is(make: Make, wheel: Wheel) -> None:
    project = make(wheel, "hookline-service")
    roots = {"locks/dev.txt": "locks/project.txt"}
    own = {"README.md", "locks/hookline.txt", f"vendor/{wheel.path.name}"}
    names = set(git(project, "ls-files").splitlines()) - own
    assert {
        name for name in names if (project / name).read_bytes() != (ROOT / roots.get(name, name)).read_bytes()
    } == set()
    assert {"main.py", "Makefile", "config.yaml", "source/model/train.py", "tests/test_project.py"} <= names


def test_every_page_of_the_manual_goes_with_a_project_or_is_named_here() -> None:
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert pages - {name for name in managed_names() if name.startswith("docs/")} == NOT_OF_A_PROJECT


def test_every_link_of_the_template_leads_somewhere_under_version_control() -> None:
    links = [path for path in (ROOT / "template").rglob("*") if path.is_symlink()]
    assert [path for path in links if not path.exists()] == []
    assert [path for path in links if not path.resolve().is_relative_to(ROOT)] == []


def test_a_link_to_each_top_folder_that_is_managed_is_in_the_template() -> None:
    managed = {
        path.relative_to(ROOT).parts[0]
        for path in tracked()
        if path.suffix not in UNSIGNED
        and path.relative_to(ROOT).parts[0]
        # monitoring/ follows config.yaml: owners make it by `hookline monitoring export`.
        not in ("hookline", "template", "tests", "docs", "benchmarks", "examples", "monitoring")
        and "Managed by hookline" in path.read_text(encoding="utf-8")[:200]
    }
    there = {
        path.name.removeprefix("dot") if path.name.startswith("dot.") else path.name
        for path in MANAGED.iterdir()
    }
    assert managed - there == set()


def test_the_manual_s_readers_of_yaml_take_config_yaml_alike(project: Path) -> None:
    plain = yaml.safe_load((project / "config.yaml").read_text())
    assert plain["service"]["name"] == "3 Kündigung's, & more"
    assert plain["deployment"]["deployment_name"] == "service-3-kundigung-s-more"
