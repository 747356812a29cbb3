from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import joblib
import pytest

from hookline.contract import Contract, parse_contract
from hookline.errors import HookError
from hookline.hooks import load_hooks, open_source
from hookline.hooks.place import opened_root, place_of_hook, place_of_object
from tests.framework.helpers import LOADER, TRAIN, make_project


def contract_of(root: Path) -> Contract:
    return parse_contract(root / "source/model/features.yaml")


def test_hooks_of_two_projects_in_one_process_are_their_own(tmp_path: Path) -> None:
    first = make_project(tmp_path / "first", train=TRAIN + "\n\nNAME = 'first'\n")
    second = make_project(tmp_path / "second", train=TRAIN + "\n\nNAME = 'second'\n")
    names = []
    for root in (first, second, first):
        hooks = load_hooks(root, contract_of(root))
        names.append(sys.modules[hooks.train_model.__module__].NAME)
        assert opened_root() == root
        assert sys.path[0] == str(root)
    assert names == ["first", "second", "first"]
    assert str(second) not in sys.path


def test_a_project_opened_twice_is_imported_once(project: Path) -> None:
    before = list(sys.path)
    first = load_hooks(project, contract_of(project))
    again = load_hooks(project, contract_of(project))
    assert first.preprocessor is again.preprocessor
    assert sys.path == [str(project), *before]


def test_a_file_that_only_another_project_has_is_not_found(tmp_path: Path) -> None:
    helped = "from source.data.helpers import read\n\n" + LOADER
    first = make_project(tmp_path / "first", loader=helped)
    (first / "source/data/helpers.py").write_text("read = 1\n")
    second = make_project(tmp_path / "second", loader=helped)
    load_hooks(first, contract_of(first))
    with pytest.raises(HookError, match=r"write source/data/helpers\.py, or mend the import"):
        load_hooks(second, contract_of(second))


@pytest.mark.parametrize("packages", [True, False], ids=["with __init__.py", "without"])
def test_a_project_may_have_package_files_or_none(project: Path, packages: bool) -> None:
    if packages:
        for folder in ("source", "source/data", "source/model"):
            (project / folder / "__init__.py").write_text("HERE = True\n")
    load_hooks(project, contract_of(project))
    assert getattr(sys.modules["source"], "HERE", False) is packages
    assert getattr(sys.modules["source.model"], "HERE", False) is packages


def test_a_package_file_that_fails_is_named_and_may_be_mended(project: Path) -> None:
    init = project / "source/__init__.py"
    init.write_text("\n1 / 0\n")
    with pytest.raises(HookError, match=r"^source/__init__\.py:2: .*ZeroDivisionError"):
        load_hooks(project, contract_of(project))
    init.unlink()
    assert load_hooks(project, contract_of(project)).root == project


WORKERS = """
import sys
from pathlib import Path
import joblib
from hookline.contract import parse_contract
from hookline.hooks import load_hooks

root = Path(sys.argv[1])
hooks = load_hooks(root, parse_contract(root / "source/model/features.yaml"))
jobs = (joblib.delayed(hooks.get_classes)(hooks.preprocessor) for _ in range(2))
joblib.Parallel(n_jobs=2, backend="multiprocessing")(jobs)
"""


def test_worker_processes_import_the_hooks_by_name(project: Path) -> None:
    # In a process of its own: a fork of this one would copy whatever locks its threads hold.
    words = [sys.executable, "-c", WORKERS, str(project)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    broken = "AttributeError: type object 'Preprocessor' has no attribute 'classes_'"
    assert broken in done.stderr  # raised by the hook, so it was found


def test_opening_a_project_lets_a_model_file_name_its_classes(project: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from hookline.hooks import open_source; "
        "open_source(Path(sys.argv[1])); import source.model.train as train; print(train.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(project)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(project / "source/model/train.py")


def test_the_door_costs_no_heavy_import() -> None:
    code = (
        "import sys, hookline, hookline.hooks; print([m for m in ('pandas', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_a_module_prints_leaves_standard_output_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_project(tmp_path, loader="print('hello')\n" + LOADER)
    load_hooks(root, contract_of(root))
    assert capsys.readouterr() == ("", "hello\n")


def test_a_place_that_is_not_in_source_is_none_or_the_file(project: Path) -> None:
    assert opened_root() is None
    assert place_of_hook("train_model") == "source/model/train.py"
    open_source(project)
    assert place_of_object(joblib.delayed) is None
    assert place_of_object(len) is None
    assert place_of_hook("DataLoader.load_data") == "source/data/data_loader.py"
