from __future__ import annotations

from pathlib import Path

import pytest

from hookline.contract import Contract
from hookline.models import apart, graph
from hookline.scoring.score import Wishes, score
from tests.framework.scoring.conftest import Trained
from tests.framework.scoring.inputs import mixed_rows, write_csv


def test_large_trees_are_scored_apart_and_answer_the_same(
    trained: Trained, mixed: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 150, wrong_every=11))
    wishes = Wishes(proba=True, ids=["id"])
    together = score(trained("mixed"), str(given), tmp_path / "together.csv", wishes)
    changed: list[bytes | None] = []

    def noted(data: bytes) -> bytes | None:
        changed.append(apart.trees_apart(data))
        return changed[-1]

    monkeypatch.setattr(apart, "LARGE", 3)
    monkeypatch.setattr(graph, "trees_apart", noted)
    monkeypatch.setattr(graph, "_ROWS", 10)
    each = score(trained("mixed"), str(given), tmp_path / "each.csv", wishes)
    assert [data is None for data in changed] == [False]
    assert each.out.read_bytes() == together.out.read_bytes()
