from __future__ import annotations

import pytest

from hookline.words import closest, counted, either, listed, shown


@pytest.mark.parametrize(
    ("word", "known", "like"),
    [
        ("relpicas", ["replicas", "seed"], "replicas"),
        ("id_name", ["ID_NAME"], "ID_NAME"),
        ("zzz", ["replicas"], None),
        ("a", [], None),
    ],
)
def test_the_closest_word_is_found_if_one_is_close(word: str, known: list[str], like: str | None) -> None:
    assert closest(word, known) == like


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "null"), (True, "true"), ("a", "'a'"), (1.5, "1.5"), ("x" * 99, "'" + "x" * 56 + "...")],
    ids=["null", "true", "text", "number", "long text"],
)
def test_a_value_is_spelled_as_in_yaml(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_000_000, "1,000,000 rows")]
)
def test_things_are_counted_in_the_plural_unless_there_is_one(number: int, words: str) -> None:
    assert counted(number, "row") == words


@pytest.mark.parametrize(("words", "text"), [("a", "a"), ("ab", "a or b"), ("abc", "a, b or c")])
def test_alternatives_are_joined_by_or(words: str, text: str) -> None:
    assert either(words) == text


def test_of_a_long_list_the_first_are_named_and_the_others_counted() -> None:
    assert listed(range(5)) == "0, 1, 2, 3, 4"
    assert listed(range(7)) == "0, 1, 2, 3, 4 and 2 more"
    assert listed(["a", "b"], most=1) == "a and 1 more"
    assert listed([]) == ""
