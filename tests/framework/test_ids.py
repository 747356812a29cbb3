from __future__ import annotations

import uuid

from hookline.ids import new_ids


def test_ids_are_version_7_of_this_millisecond_and_all_different() -> None:
    ids = new_ids(5000)
    parsed = [uuid.UUID(text) for text in ids]
    assert {(one.version, one.variant) for one in parsed} == {(7, uuid.RFC_4122)}
    assert [str(one) for one in parsed] == ids
    assert len(set(ids)) == len(ids)
    assert len({text[:13] for text in ids}) == 1


def test_the_free_bits_of_the_variant_are_used() -> None:
    assert {text[19] for text in new_ids(500)} == set("89ab")
