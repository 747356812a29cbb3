from __future__ import annotations

from typing import Any

import pytest

from hookline.training.card.summary import summary


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"type": "float", "nulls": 1.0}, "only null"),
        ({"hidden": "log: drop"}, "not shown (log: drop)"),
        ({"length": {"min": 1.0, "max": 9.0}, "distinct": 1200}, "1,200 different, 1 to 9 letters"),
        ({"shares": {"a": 0.9996, "b": 0.0004}, "distinct": 2}, "a 100 %, b < 0.1 %"),
        ({"shares": dict.fromkeys("abcde", 0.2), "distinct": 5}, "a 20 %, b 20 %, c 20 %, d 20 %, …"),
        ({"min": 0.0, "max": 12345.678, "quantiles": {"0.5": 1.5}}, "0 … 1.5 … 12,346"),
        (
            {
                "min": "1990-01-01T00:00Z",
                "max": "2001-01-01T00:00Z",
                "quantiles": {"0.5": "1995-01-01T00:00Z"},
            },
            "1990-01-01 … 1995-01-01 … 2001-01-01",
        ),
    ],
    ids=["null", "personal", "text", "shares", "many shares", "numbers", "times"],
)
def test_a_feature_is_told_in_a_few_words(seen: dict[str, Any], words: str) -> None:
    assert summary(seen) == words
