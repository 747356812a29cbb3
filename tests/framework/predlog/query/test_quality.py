from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, r2_score

from hookline.predlog.query.database import reading
from hookline.predlog.query.filter import Filter
from hookline.predlog.query.quality import quality
from tests.framework.predlog.query.filled import SECOND, START, fill, prediction, predictions, truth


def measured(path: Path, wanted: Filter | None = None) -> dict[str, Any]:
    with reading(path) as connection:
        return quality(connection, wanted or Filter()).as_json()


def version(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in found["versions"] if one["model_version"] == name)


def test_metrics_equal_those_of_scikit_learn_by_version(tmp_path: Path) -> None:
    records = predictions(600)
    facts = [("small", "large", "huge")[number * 7 // 3 % 3] for number in range(600)]
    path = fill(tmp_path / "p.db", [*records, *(truth(n, fact) for n, fact in enumerate(facts) if n % 2)])
    found = measured(path)
    for name, numbers in (("v1", range(1, 300, 2)), ("v2", range(301, 600, 2))):
        said, true = [records[n]["class_name"] for n in numbers], [facts[n] for n in numbers]
        one = version(found, name)
        assert one["accuracy"] == pytest.approx(accuracy_score(true, said), abs=1e-6)
        assert one["macro_f1"] == pytest.approx(f1_score(true, said, average="macro"), abs=1e-6)
        assert one["coverage"] == 0.5
        assert sum(cell["count"] for cell in one["confusion"]) == 150
        assert sum(window["predictions"] for window in one["windows"]) == 300
        assert sum(window["truths"] for window in one["windows"]) == 150
    assert found["unmatched"] == 0


def test_values_are_measured_too(tmp_path: Path) -> None:
    records = [prediction(n, value=float(n % 17)) for n in range(100)]
    for record in records:
        del record["class_name"], record["probabilities"]
    facts = [n % 17 + (n % 5 - 2) / 10 for n in range(100)]
    path = fill(tmp_path / "p.db", [*records, *(truth(n, fact) for n, fact in enumerate(facts))])
    one = version(measured(path), "v1")
    said = [record["value"] for record in records]
    assert one["mae"] == pytest.approx(mean_absolute_error(facts, said))
    assert one["r2"] == pytest.approx(r2_score(facts, said))
    assert one["coverage"] == 1


def test_the_newest_truth_wins_and_history_is_kept(tmp_path: Path) -> None:
    late = START + 50_000 * SECOND
    path = fill(
        tmp_path / "p.db",
        [
            prediction(0, class_name="small", id="c"),
            truth(0, "large"),
            truth(1, "small", prediction_id="p-00000000", at=late),
            truth(2, "large", prediction_id=None, id="c", at=late - SECOND),
        ],
    )
    found = measured(path)
    assert version(found, "v1")["accuracy"] == 1
    assert found["truths"] == 3


def test_a_truth_is_held_until_its_prediction_arrives(tmp_path: Path) -> None:
    path = fill(tmp_path / "p.db", [truth(0, "small"), truth(1, "large", prediction_id=None, id="c")])
    assert measured(path) | {"windows": 0} == {
        "truths": 2,
        "unmatched": 2,
        "window_seconds": 0,
        "versions": [],
        "windows": 0,
    }
    fill(path, [prediction(0), prediction(1, id="c"), prediction(2, id="c")])
    found = measured(path)
    assert found["unmatched"] == 0
    assert version(found, "v1")["truths"] == 3
    assert version(found, "v1")["accuracy"] == pytest.approx(1 / 3, abs=1e-6)


def test_a_time_and_a_version_narrow_it(tmp_path: Path) -> None:
    path = fill(tmp_path / "p.db", [*predictions(200), *(truth(n, "small") for n in range(200))])
    found = measured(path, Filter(since=START + 10 * SECOND, until=START + 40 * SECOND, model_version="v1"))
    assert [one["model_version"] for one in found["versions"]] == ["v1"]
    assert version(found, "v1")["predictions"] == 30
    assert version(found, "v1")["truths"] == 30


def test_a_class_the_model_does_not_know_counts_as_wrong(tmp_path: Path) -> None:
    path = fill(tmp_path / "p.db", [prediction(0), prediction(1), truth(0, "small"), truth(1, "unheard of")])
    assert version(measured(path), "v1")["accuracy"] == 0.5
