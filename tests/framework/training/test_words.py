from __future__ import annotations

import pytest

from hookline.training.words import figure, listed, share


@pytest.mark.parametrize(
    ("came", "words"),
    [
        (listed(["a", "b"]), "'a', 'b'"),
        (listed(range(1005)), "'0', '1', '2' and 1,002 more"),
        (share(0.0), "0 %"),
        (share(0.0004), "< 0.1 %"),
        (share(0.333), "33.3 %"),
        (share(1.0), "100 %"),
        (figure(None), "-"),
        (figure(0.9333), "0.933"),
        (figure(0), "0.000"),
        (figure(0.000123), "1.2e-04"),
        (figure(-12.3456), "-12.35"),
        (figure(1234567.8), "1,234,568"),
    ],
    ids=str,
)
def test_numbers_read_well(came: str, words: str) -> None:
    assert came == words
