from __future__ import annotations

import uuid

import pytest

from hookline.ids import new_ids

FEW_AND_MANY = pytest.mark.parametrize("count", [25, 5000])
"""They are made in two ways."""


@FEW_AND_MANY
def test_ids_are_version_7_of_this_millisecond_and_all_different(count: int) -> None:
    ids = new_ids(count)
    parsed = [uuid.UUID(text) for text in ids]
    assert {(one.version, one.variant) for one in parsed} == {(7, uuid.RFC_4122)}
    assert [str(one) for one in parsed] == ids
    assert len(set(ids)) == count
    assert len({text[:13] for text in ids}) == 1


@FEW_AND_MANY
def test_every_digit_is_drawn_but_that_of_the_version_and_half_of_the_variant(count: int) -> None:
    ids = [text for _ in range(5000 // count) for text in new_ids(count)]
    assert {text[19] for text in ids} == set("89ab")
    drawn = [place for place in range(15, 36) if place not in {18, 19, 23}]
    assert all({text[place] for text in ids} == set("0123456789abcdef") for place in drawn)
