from __future__ import annotations

from pathlib import Path

import pytest

from tests.framework.check import broken_data, broken_files, broken_inputs, broken_models
from tests.framework.check.broken import Broken
from tests.framework.check.inprocess import first_failure

CASES = [*broken_files.CASES, *broken_data.CASES, *broken_inputs.CASES, *broken_models.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_hook_is_named_with_place_expectation_and_remedy(case: Broken, tmp_path: Path) -> None:
    root = case.write(tmp_path)
    finding = first_failure(root)
    assert finding is not None, "the check found nothing"
    assert (finding.step, finding.hook) == (case.step, case.hook), finding
    assert finding.where == case.place(root), finding
    assert case.came in finding.came
    assert case.expected in finding.expected
    assert case.remedy in finding.remedy
    assert all((finding.came, finding.remedy)), "what came and what to do next are always said"
