"""Elasticsearch and Kibana learn the contract; tests/chain tries the same files on a real Elasticsearch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hookline.cli.kibana import app
from hookline.config import load_settings
from hookline.contract import Contract, parse_contract_text
from hookline.predlog.flat import FIELDS, flat
from hookline.predlog.kibana import index_template, saved_objects, write_files
from hookline.predlog.kibana.panels import panels
from tests.framework.predlog.writing import prediction

FEATURES = """\
task: classification
target_label: label
input_features:
  - {name: size, nullable: true}
  - {name: plan, type: category, choices: [basic, pro]}
  - {name: rooms, type: int}
  - {name: open, type: bool}
  - {name: since, type: datetime}
  - {name: age, type: int, log: hash}
  - {name: street, type: string, log: drop}
  - {name: value}
  - {name: a.b}
"""
REGRESSION = "task: regression\ntarget_label: price\ninput_features:\n  - name: size\n"


def contract_of(text: str) -> Contract:
    return parse_contract_text(text, name="features.yaml")


def properties(text: str, best: int = 3) -> dict[str, Any]:
    found: dict[str, Any] = index_template(contract_of(text), best=best)["template"]["mappings"]["properties"]
    return found


def test_each_feature_has_the_type_that_the_contract_declares() -> None:
    found = {name: field["type"] for name, field in properties(FEATURES).items()}
    assert found["size"] == "double"
    assert found["plan"] == "keyword"
    assert found["rooms"] == "long"
    assert found["open"] == "boolean"
    assert found["since"] == "date"
    assert found["feature_value"] == "double", "a feature never takes a field of ours"
    assert found["a_b"] == "double", "a dot would make an object"


def test_what_is_hashed_is_a_word_and_what_is_dropped_has_no_field() -> None:
    found = properties(FEATURES)
    assert found["age"]["type"] == "keyword"
    assert not any("street" in name for name in found)
    assert "street" not in json.dumps(saved_objects(contract_of(FEATURES), name="x"))


def test_there_are_as_many_ranked_classes_as_records_hold() -> None:
    found = properties(FEATURES, best=2)
    assert {name for name in found if name.startswith(("class_", "proba_"))} == {
        *("class_name", "class_1", "class_2", "proba_1", "proba_2")
    }
    assert "class_1" not in properties(REGRESSION)


def test_every_field_of_a_record_is_declared() -> None:
    found = properties(FEATURES)
    record = prediction(
        model_created="2026-11-20T00:00:00Z", id=None, flags=[], value=1.0, features={"size": 1}
    )
    assert set(flat(record)) <= set(found)
    assert set(found) - {"class_1", "class_2", "class_3", "proba_1", "proba_2", "proba_3"} >= FIELDS - {
        *("at_local", "features", "probabilities", "tag")
    }


@pytest.mark.parametrize("text", [FEATURES, REGRESSION], ids=["classification", "regression"])
def test_panels_name_declared_fields_and_objects_refer_to_each_other_only(text: str) -> None:
    contract = contract_of(text)
    for panel in panels(contract.task):
        assert panel.fields() <= set(properties(text)), panel.name
    objects = saved_objects(contract, name="hookline")
    there = {(found["type"], found["id"]) for found in objects}
    assert len(there) == len(objects)
    for found in objects:
        assert {(reference["type"], reference["id"]) for reference in found["references"]} <= there
    board = next(found for found in objects if found["type"] == "dashboard")
    placed = [panel["gridData"] for panel in json.loads(board["attributes"]["panelsJSON"])]
    squares = [
        (x, y)
        for place in placed
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(squares) == len(set(squares)), "no panel covers another"
    assert max(x for x, _ in squares) < 48


def test_the_files_change_with_the_contract_and_with_nothing_else(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    first = [path.read_bytes() for path in write_files(tmp_path / "a", contract_of(FEATURES), settings)]
    again = [path.read_bytes() for path in write_files(tmp_path / "a", contract_of(FEATURES), settings)]
    other = [path.read_bytes() for path in write_files(tmp_path / "b", contract_of(REGRESSION), settings)]
    assert first == again
    assert all(mine != theirs for mine, theirs in zip(first, other, strict=True))


def test_the_command_writes_into_the_project_unless_told_otherwise(project: Path, tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["export", "--project", str(project)])
    assert said.exit_code == 0
    folder = project / "getting-started" / "efk" / "kibana"
    assert {path.name for path in folder.iterdir()} == {"index-template.json", "saved-objects.ndjson"}
    elsewhere = CliRunner().invoke(app, ["export", str(tmp_path / "x"), "--project", str(project)])
    assert (tmp_path / "x" / "index-template.json").read_bytes() == (
        folder / "index-template.json"
    ).read_bytes()
    assert f"wrote {tmp_path / 'x' / 'index-template.json'}" in elsewhere.output.replace("\n", "")
