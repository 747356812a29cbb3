from __future__ import annotations

from pathlib import Path

import pytest

from hookline.contract import parse_contract
from hookline.scaffold.from_data import from_data
from tests.framework.scaffold.living import answer, assert_tidy, settle, trained
from tests.framework.scaffold.tables.make import HERE, TABLES, text_of

SERVED = {
    "wide": "compiled",
    "mixed": "compiled",
    "texts": "compiled",
    "dates": "native",
    "prices": "compiled",
}
LEFT_OUT = {
    "wide": {},
    "mixed": {
        "customer": "it counts the rows",
        "country": "constant",
        "outcome_code": "known before the answer",
    },
    "texts": {"parcel": "UUID", "label": "no two values are equal", "remark": "free text"},
    "dates": {},
    "prices": {"price_usd": "in a straight line"},
}


@pytest.mark.parametrize(
    "name", [name if name == "mixed" else pytest.param(name, marks=pytest.mark.slow) for name in TABLES]
)
def test_a_project_from_a_table_trains_at_once_beats_guessing_and_answers(name: str, tmp_path: Path) -> None:
    yours = from_data(HERE / f"{name}.csv", TABLES[name][1])
    said = [note for note in yours.notes if note.startswith("Left out")]
    assert len(said) == len(LEFT_OUT[name])
    for column, reason in LEFT_OUT[name].items():
        assert any(column in note and reason in note for note in said), said
    root = settle(yours, tmp_path)
    assert_tidy(root)
    result = trained(root)
    assert result.manifest.predictor == SERVED[name], result.manifest.compiled.reason
    assert result.metrics[0].verdict == "better"
    assert not result.remarks
    # Honest: neither the answer in other words nor an identifier is what it goes by.
    assert all(
        metric.value is None or metric.value < 0.999 for metric in result.metrics if metric.name != "rmse"
    )
    features = parse_contract(root / "source/model/features.yaml").names
    assert not set(features) & set(LEFT_OUT[name])
    assert answer(root)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_what_its_script_makes(name: str) -> None:
    path = HERE / f"{name}.csv"
    assert text_of(name) == path.read_text(encoding="utf-8")
    assert path.stat().st_size <= 30 * 1024
