from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.models.wire import BYTES, RUN, VARINT, fields, read_numbers, write_field, write_numbers

numbers = st.lists(st.integers(0, 2**62), min_size=1, max_size=30)


def attribute(values: list[int]) -> bytes:
    return bytes(onnx.AttributeProto(ints=values).SerializeToString())


@given(numbers)
def test_numbers_are_written_as_onnx_writes_them(values: list[int]) -> None:
    assert write_numbers(np.array(values)) == attribute(values)


@given(numbers)
def test_numbers_are_read_as_onnx_reads_them(values: list[int]) -> None:
    read = read_numbers(attribute(values))
    assert read is not None
    assert read.tolist() == values


def test_no_number_is_written_as_nothing() -> None:
    assert write_numbers(np.array([], dtype=np.int64)) == b""


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        write_numbers(np.array([1, -1]))


def test_a_run_of_something_else_is_no_numbers() -> None:
    assert read_numbers(onnx.AttributeProto(floats=[1.0]).SerializeToString()) is None


@given(st.integers(0, 2**40), st.binary(max_size=300))
def test_what_is_written_is_what_onnx_reads(whole: int, text: bytes) -> None:
    written = write_field(3, whole) + write_field(4, text)
    read = onnx.AttributeProto.FromString(written)
    assert (read.i, read.s) == (whole, text)
    assert [(number, kind) for number, kind, _, _ in fields(written, 0, len(written))] == [
        (3, VARINT),
        (4, BYTES),
    ]


def test_many_numbers_are_one_run() -> None:
    data = attribute(list(range(1000)))
    assert list(fields(data, 0, len(data))) == [(0, RUN, 0, len(data))]
