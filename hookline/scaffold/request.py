"""The request that a fresh image must answer, as a new project begins with it."""

from __future__ import annotations

import json

from hookline.contract import Contract
from hookline.contract.sample import sample_rows

__all__ = ["REQUEST", "request_text"]

REQUEST = "tests/prediction_test_case.json"


def request_text(contract: Contract) -> str:
    """Write one row: of the examples that the contract gives, and of made-up values where it gives none."""
    (made_up,) = sample_rows(contract, 1)
    row = {
        feature.name: feature.example if "example" in feature.model_fields_set else made_up[feature.name]
        for feature in contract
    }
    return json.dumps([row], ensure_ascii=False) + "\n"
