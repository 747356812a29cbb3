from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from hookline.contract import parse_contract_text
from hookline.contract.columns import columns_from_rows, rows_from_columns
from hookline.contract.frame import columns_from_frame, frame_from_columns
from tests.framework.contract.strategies import contracts, rows
from tests.framework.contract.test_columns import assert_same

FEATURES = """\
target_label: y
input_features:
  - a
  - {name: b, type: int}
  - {name: c, type: bool}
  - {name: d, type: category, choices: [x], nullable: true}
  - {name: e, type: datetime, nullable: true}
  - {name: f, type: int, nullable: true}
"""


@given(st.data())
def test_rows_come_back_from_frames_as_they_went_in(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    some = data.draw(rows(contract))
    frame = frame_from_columns(contract, columns_from_rows(contract, some))
    assert list(frame.columns) == list(contract.names)
    columns = columns_from_frame(contract, frame)
    assert {name: column.dtype for name, column in columns.items()} == {f.name: f.dtype for f in contract}
    assert_same(contract, rows_from_columns(contract, columns), some)


def test_a_frame_has_the_same_dtypes_with_and_without_nulls() -> None:
    contract = parse_contract_text(FEATURES)
    full = {"a": 1.0, "b": 2, "c": True, "d": "x", "e": "2024-05-17", "f": 3}
    empty = {**full, "d": None, "e": None, "f": None}
    frames = [frame_from_columns(contract, columns_from_rows(contract, [row])) for row in (full, empty)]
    assert list(frames[0].dtypes) == list(frames[1].dtypes)
    assert [str(dtype) for dtype in frames[0].dtypes] == [
        "float64",
        "int64",
        "bool",
        "str",
        "datetime64[us]",
        "float64",
    ]
    assert frames[1].isna().iloc[0].tolist() == [False, False, False, True, True, True]


def test_numbers_are_not_copied_on_their_way() -> None:
    contract = parse_contract_text("target_label: y\ninput_features: [a, b]\n")
    columns = {"a": np.arange(5.0), "b": np.arange(5.0)}
    frame = frame_from_columns(contract, columns)
    assert np.shares_memory(frame["a"].to_numpy(), columns["a"])
    assert np.shares_memory(columns_from_frame(contract, frame)["b"], columns["b"])


def test_a_column_that_no_feature_names_stays_outside() -> None:
    contract = parse_contract_text("target_label: y\ninput_features: [a]\n")
    columns = columns_from_frame(contract, pd.DataFrame({"y": [1], "a": [2.0]}))
    assert list(columns) == ["a"]
