from __future__ import annotations

import subprocess
import sys

import pytest

from hookline.predlog.record import id_of


@pytest.mark.parametrize(
    ("kind", "name"), [("prediction", "prediction_id"), ("truth", "truth_id"), ("model", "event_id")]
)
def test_every_kind_of_record_has_an_id(kind: str, name: str) -> None:
    assert id_of({"kind": kind, "prediction_id": "of another", name: "1"}) == "1"


def test_reading_a_journal_needs_neither_arrays_nor_a_web_framework() -> None:
    heavy = ("numpy", "pandas", "fastapi", "starlette", "uvicorn", "onnxruntime", "sklearn")
    code = (
        "import sys, hookline.predlog.record, hookline.predlog.journal.read, hookline.predlog.journal.writer;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
