from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookline.contract import contract_from_plain
from hookline.contract.columns import columns_from_rows
from hookline.models.matrix import MatrixMaker
from tests.framework.contract.strategies import TEXTS, contracts, rows


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_rows_and_columns_make_the_same_matrix_to_the_bit(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    drawn = data.draw(rows(contract))
    maker = MatrixMaker(contract, data.draw(st.lists(TEXTS, unique=True)))
    ours, theirs = maker.of_rows(drawn), maker.of_columns(columns_from_rows(contract, drawn))
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize("names", [["a"], ["a", "b"], ["b", "a", "c"]])
def test_numbers_stand_in_the_order_of_the_contract_and_not_of_the_row(names: list[str]) -> None:
    contract = contract_from_plain({"target_label": "y", "input_features": names}, name="numbers")
    maker = MatrixMaker(contract, [])
    row = {"c": 3.0, "b": 2.0, "a": 1.0}
    np.testing.assert_array_equal(maker.of_rows([row, row]), [[row[name] for name in names]] * 2)


def test_what_is_absent_has_its_default() -> None:
    plain = {
        "target_label": "y",
        "input_features": [
            "a",
            {"name": "b", "default": 7},
            {"name": "c", "nullable": True, "default": None},
        ],
    }
    maker = MatrixMaker(contract_from_plain(plain, name="defaults"), [])
    np.testing.assert_array_equal(maker.of_rows([{"a": 1.0}]), [[1.0, 7.0, np.nan]])
