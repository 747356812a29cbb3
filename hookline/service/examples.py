"""What the documentation shows: rows as features.yaml describes them, and the model's answers to them."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic_core import from_json

from hookline.contract import Contract, Feature
from hookline.contract.columns import columns_from_rows
from hookline.contract.sample import sample_rows
from hookline.service.model import ServedModel
from hookline.service.rowtype import Row

__all__ = ["EXAMPLE_ID", "Examples", "Shown"]

EXAMPLE_ID = "019ab0c4-5d3e-7c41-9a55-3f0c8f1e6b2d"
_ROWS = 2


class Shown(NamedTuple):
    """What is shown of one path: a good answer, and the body that got it if there is one."""

    answer: Any
    request: Any = None


class Examples:
    """Hold one request and the answer of each endpoint to it; every worker shows the same."""

    def __init__(self, model: ServedModel, id_name: str = "") -> None:
        rows = _rows(model.contract)
        self.answers = _answers(model, rows)
        self.rows = [{id_name: f"row-{number}"} | row if id_name else row for number, row in enumerate(rows)]


def _rows(contract: Contract) -> list[Row]:
    sample = sample_rows(contract, _ROWS, seed=1)
    first, *others = [{f.name: _short(f, row[f.name]) for f in contract} for row in sample]
    given = {f.name: f.example for f in contract if "example" in f.model_fields_set}
    return [first | given, *others]


def _short(feature: Feature, value: Any) -> Any:
    short = round(value, 2) if isinstance(value, float) else value
    return short if feature.fault(short) is None else value


def _answers(model: ServedModel, rows: list[Row]) -> dict[str, Any]:
    try:
        columns = columns_from_rows(model.contract, rows)
        prediction = model.grouping.predict(model.predictor, columns)
    except Exception:  # a model need not answer rows that are made up
        return {}
    ids = [f"{EXAMPLE_ID[:-1]}{number:x}" for number in range(len(rows))]
    return {path: from_json(encode(ids, prediction, 0, len(ids))) for path, encode in model.encoders.items()}
