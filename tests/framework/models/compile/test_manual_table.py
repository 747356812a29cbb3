from __future__ import annotations

import re
from pathlib import Path

from tests.framework.models.compile.frames import KINDS
from tests.framework.models.compile.zoo import CLASSIFIERS, NATIVE, REGRESSORS

PAGE = Path(__file__).resolve().parents[4] / "docs" / "compile.md"


def test_the_manual_shows_the_measured_outcome_of_every_model_that_is_tested() -> None:
    rows = re.findall(
        r"^\| (.+?) \| (numeric|mixed|nullable) \| (compiled|native)\b", PAGE.read_text("utf-8"), re.MULTILINE
    )
    expected = {
        (name, kind): "native" if name in NATIVE else "compiled"
        for name in (*CLASSIFIERS, *REGRESSORS)
        for kind in KINDS
    }
    assert {(name, kind): outcome for name, kind, outcome in rows} == expected
