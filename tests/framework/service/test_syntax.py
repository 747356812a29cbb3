from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.service.problems import MOST_FAULTS, Problem, pointer
from hookline.service.syntax import LONGEST_NUMBER, require_sane_numbers, syntax_problem


@given(st.integers(LONGEST_NUMBER - 40, LONGEST_NUMBER + 40), st.integers(0, 40), st.booleans())
def test_a_number_is_refused_from_one_digit_too_many_on_wherever_it_stands(
    digits: int, blanks: int, quoted: bool
) -> None:
    number = "1." + "1" * digits
    body = f"{' ' * blanks}[{json.dumps(number) if quoted else number}]".encode()
    if digits > LONGEST_NUMBER and not quoted:
        with pytest.raises(Problem) as caught:
            require_sane_numbers(body)
        assert caught.value.kind == "malformed"
    else:
        require_sane_numbers(body)


@pytest.mark.parametrize("before", [b'["', b"[x, ", b"-"], ids=["an open text", "no JSON", "a lone sign"])
def test_a_long_run_of_digits_behind_what_is_no_json_is_left_to_the_parser(before: bytes) -> None:
    require_sane_numbers(before + b"a" * 20 + b"1" * 10_000)


def test_a_number_too_long_is_refused_before_it_is_seen_that_the_body_is_cut_off() -> None:
    with pytest.raises(Problem, match="malformed") as caught:
        require_sane_numbers(b"[" + b"1" * 10_000)
    assert caught.value.detail == f"A number has more than {LONGEST_NUMBER} digits."


def test_every_field_with_half_a_character_is_named_but_at_most_twenty() -> None:
    body = json.dumps([{f"field{n}": "\ud800" for n in range(15)} for _ in range(3)]).encode()
    problem = syntax_problem(body, "lone surrogate")
    assert problem.kind == "invalid"
    assert problem.faults[15].pointer == "/1/field0"
    assert len(problem.faults) >= MOST_FAULTS
    assert len(json.loads(problem.body("x"))["errors"]) == MOST_FAULTS


@pytest.mark.parametrize("body", [rb'"\ud800"', rb'{"a": "\udfff"}', rb'["\ud800"]'], ids=str)
def test_half_a_character_outside_of_rows_is_said_of_the_whole(body: bytes) -> None:
    assert [fault.pointer for fault in syntax_problem(body, "").faults] == [""]


@pytest.mark.parametrize("body", [rb'[{"a": "\ud800"}', rb'["\uZZZZ"]', b'["\\u0041"', b"\\u"], ids=str)
def test_what_is_not_json_besides_is_malformed(body: bytes) -> None:
    assert syntax_problem(body, "EOF").detail == "The body is not JSON: EOF."


def test_nesting_that_no_reader_survives_is_malformed() -> None:
    assert syntax_problem(b'["\\u0041",' + b"[" * 100_000, "too deep").kind == "malformed"


@pytest.mark.parametrize(
    ("path", "written"),
    [((0, "a"), "/0/a"), ((1, "a/b~c"), "/1/a~1b~0c"), ((0, "\ud800"), "/0/?"), ((), "")],
    ids=["plain", "escaped", "half a character", "the whole"],
)
def test_a_pointer_is_written_as_its_standard_has_it(path: tuple[str | int, ...], written: str) -> None:
    assert pointer(*path) == written


def test_an_endless_name_is_cut() -> None:
    assert len(pointer(0, "x" * 100_000)) < 300
