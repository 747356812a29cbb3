from __future__ import annotations

from pathlib import Path

import pytest

from hookline.check import Finding
from hookline.hooks.source import forget_source
from hookline.project import open_project
from hookline.scaffold.blank import blank
from hookline.types import Task
from tests.framework.check.inprocess import findings
from tests.framework.scaffold.living import answer, assert_tidy, settle, trained


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_check_says_of_every_blank_hook_what_to_write(task: Task, tmp_path: Path) -> None:
    root = settle(blank(task, 'the "price"'), tmp_path)
    assert_tidy(root)
    contract = open_project(root, {}).contract
    assert (contract.task, contract.target_label) == (task, 'the "price"')
    failed = failures(root)
    assert [each.hook for each in failed] == ["DataLoader.load_data"]
    assert "NotImplementedError: return a DataFrame with every feature" in failed[0].came
    assert 'the column the "price"' in failed[0].came
    assert failed[0].where.startswith("source/data/data_loader.py:")


def test_a_blank_project_comes_to_life_by_doing_what_it_says(tmp_path: Path) -> None:
    root = settle(blank("classification", "kind"), tmp_path)
    (root / "data.csv").write_text("first_feature,kind\n" + "1.5,a\n2.5,b\n" * 20)
    loader, train = root / "source/data/data_loader.py", root / "source/model/train.py"
    fill(loader, f"        return pd.read_csv({str(root / 'data.csv')!r}, nrows=n_rows)\n")
    failed = failures(root)
    assert [each.hook for each in failed] == ["train_model"]
    assert "return LogisticRegression().fit(X_processed, y_processed)" in failed[0].came
    fill(train, "    return LogisticRegression().fit(X_processed, y_processed)\n")
    imported = "from sklearn.linear_model import LogisticRegression"
    train.write_text(
        train.read_text().replace("from typing import Any\n", f"from typing import Any\n\n{imported}\n")
    )
    failed = failures(root)
    assert [each.hook for each in failed] == ["get_classes"]
    fill(train, "    return [str(name) for name in model.classes_]\n")
    assert trained(root).manifest.predictor == "compiled"
    assert answer(root)


def failures(root: Path) -> list[Finding]:
    """Return what the check finds in the files as they are now."""
    forget_source()
    return [each for each in findings(root).values() if each.verdict == "failed"]


def fill(path: Path, body: str) -> None:
    """Put code in the place of the first hook that raises."""
    before, _, rest = path.read_text().partition("raise NotImplementedError(\n")
    indent = len(before) - len(before.rstrip(" "))
    _, _, after = rest.partition(f"\n{' ' * indent})\n")
    path.write_text(before.rstrip(" ") + body + after)
