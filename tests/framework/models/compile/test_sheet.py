from __future__ import annotations

import pytest
from sklearn.preprocessing import StandardScaler

from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.writer import Writer
from tests.framework.models.compile.frames import contract_of


def mixed_sheet() -> Sheet:
    return Sheet.of_contract(Writer().matrix, contract_of("mixed", "classification"))


def test_all_columns_in_order_are_the_matrix_itself() -> None:
    sheet = mixed_sheet()
    assert sheet.codes().name == "matrix"
    assert (sheet.pick([0, 1]) + sheet.pick([2, 3, 4, 5, 6])).codes().name == "matrix"


def test_text_that_reaches_arithmetic_is_named() -> None:
    with pytest.raises(CannotCompileError, match="plan holds text and reaches StandardScaler as it is"):
        mixed_sheet().numbers(StandardScaler())


def test_no_columns_at_all_are_refused() -> None:
    with pytest.raises(CannotCompileError, match="no columns are left"):
        mixed_sheet().pick([]).codes()
