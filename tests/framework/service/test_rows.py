from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookline.errors import ConfigError
from hookline.service import rows as module
from hookline.service.pieces import pieces
from hookline.service.problems import Problem
from hookline.service.rows import RowReader
from tests.framework.service.memory import contract_of

TEXT = """\
target_label: y
input_features:
  - name: x
    ge: 0
  - name: text
    type: string
    default: ""
"""
READER = RowReader(contract_of(TEXT), id_name="id", max_rows=20)
NO_COLONS = """\
target_label: y
input_features:
  - name: x
    ge: 0
  - name: text
    type: category
    choices: [a, b]
    default: a
"""
"""Of such rows every colon stands for a field."""
STRICT = RowReader(contract_of(NO_COLONS), max_rows=20)

# Texts that look like what stands between rows, and values that are right and wrong.
texts = st.text(alphabet='},{"[]:\\ab \n1é', max_size=12)
values = st.one_of(st.floats(0, 10), st.integers(0, 5), texts, st.none(), st.just({"a": 1}), st.just([1]))
right = st.fixed_dictionaries({"x": st.floats(0, 10)}, optional={"text": texts, "id": st.integers(0, 9)})
either = st.one_of(right, st.dictionaries(st.sampled_from(["x", "text", "id", "other"]), values, max_size=3))


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Make bodies that are lists of rows, nearly so, or cut and spoilt."""
    rows = draw(st.lists(draw(st.sampled_from([right, either])), max_size=25))
    blanks = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n\t", ":"), ("\r\n, ", " : ")]))
    body = json.dumps(rows, separators=blanks, ensure_ascii=draw(st.booleans())).encode()
    if draw(st.booleans()):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.binary(max_size=3)) + body[at + draw(st.integers(0, 2)) :]
    return body


def told(read: Any, body: bytes) -> object:
    """Return the rows, or what is said of them."""
    try:
        return [(type(value), value) for row in read(body) for value in row.items()]
    except Problem as problem:
        return problem.kind, problem.detail, list(problem.faults)


def test_unknown_fields_are_counted_only_where_no_name_and_no_value_has_a_colon() -> None:
    assert STRICT._parse_known is not None
    assert READER._parse_known is None


@pytest.mark.parametrize("reader", [READER, STRICT])
@given(body=bodies(), size=st.integers(0, 60))
@settings(max_examples=400, deadline=None)
def test_a_body_read_in_pieces_is_read_as_it_is_at_once(reader: RowReader, body: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "pieces", lambda body: pieces(body, size))
        assert told(reader.read_large, body) == told(reader.read, body)


@pytest.mark.parametrize(
    "row",
    [
        '{"x": 1, "other": 2}',
        '{"x": 1, "other": {"a": {"b": 2}}}',
        '{"x": 1, "text": "a", ":": ":"}',
        '{"x": 1, "text": ":"}',
        '{"x": 1, "x": 2}',
        '{"x": 1, "x": 2, "other": 3}',
        r'{"x": 1, "text": "\u0061"}',
        r'{"\u0078": 1, "x\u003a": 2}',
        '{"text": "a", "other": 1}',
        "{}",
        "",
    ],
)
def test_a_large_body_may_have_the_same_fields_as_a_small_one(row: str) -> None:
    for body in (f"[{row}]", f'[{{"x": 0.5}}, {row}]', f'[{row}, {{"x": 0.5, "text": "b"}}]'):
        assert told(STRICT.read_large, body.encode()) == told(STRICT.read, body.encode())


@given(st.lists(right, min_size=1, max_size=20), st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_pieces_put_together_are_the_rows(rows: list[Any], size: int) -> None:
    parts = []
    for piece in pieces(json.dumps(rows).encode(), size):
        try:
            parts += json.loads(piece)
        except ValueError:  # a boundary within a text
            return
    assert parts == rows


def test_a_large_body_is_cut_between_its_rows() -> None:
    body = json.dumps([{"x": 1.0}] * 20).encode()
    parts = list(pieces(body, 30))
    assert [len(json.loads(part)) for part in parts] == [3, 3, 3, 3, 3, 3, 2]


def test_a_boundary_within_a_text_is_no_boundary() -> None:
    rows = [{"x": 1.0, "text": "a},{b"}, {"x": 2.0}]
    body = json.dumps(rows).encode()
    assert len(list(pieces(body, 0))) == 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "pieces", lambda body: pieces(body, 0))
        assert READER.read_large(body) == rows


@pytest.mark.parametrize(("log", "hint"), [("raw", " Did you mean pro?"), ("hash", ""), ("drop", "")])
def test_which_choice_is_like_a_protected_value_is_not_told(log: str, hint: str) -> None:
    feature = f"{{name: x, type: category, choices: [max, pro], log: {log}}}"
    features = f"target_label: y\ninput_features: [{feature}]\n"
    with pytest.raises(Problem) as caught:
        RowReader(contract_of(features)).read(b'[{"x": "prp"}]')
    assert caught.value.faults[0].detail == f"Allowed are max, pro.{hint}"


def test_a_field_that_takes_its_default_stays_absent() -> None:
    assert READER.read(b'[{"x": 1}]') == [{"x": 1.0}]


def test_an_id_that_is_a_feature_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"service.ID_NAME is x, which is a feature .* another name"):
        RowReader(contract_of(TEXT), id_name="x")


def test_a_row_reader_without_an_id_knows_none() -> None:
    with pytest.raises(Problem) as caught:
        RowReader(contract_of(TEXT)).read(b'[{"x": 1, "id": 2}]')
    assert caught.value.faults[0].detail == "Unknown field; leave it out."
