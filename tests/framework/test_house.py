from __future__ import annotations

from pathlib import Path

import pytest

from tests import house


def test_the_tree_keeps_the_rules_of_the_house() -> None:
    assert list(house.findings(house.tracked())) == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("hookline/long.py", "x = 1\n" * 501, "split it before 500"),
        ("locks/dev.txt", "--index-url https" + "://example.invalid\n", "holds an address"),
        ("docs/a.md", "get it from py" + "pi.org\n", "names the package registry"),
        ("source/a.py", "import os\n", "whose file it is"),
        ("docs/a.txt", "x" * (1024 * 1024 + 1), "nothing over"),
    ],
    ids=["long file", "address in a lock", "registry host", "no owner", "large file"],
)
def test_a_broken_rule_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, words: str
) -> None:
    monkeypatch.setattr(house, "ROOT", tmp_path)
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    (finding,) = house.findings([path])
    assert words in finding
