"""What a service answered is read back from Elasticsearch and MongoDB, each type of feature as it came."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from hookline.contract import parse_contract
from tests.chain import elasticsearch
from tests.chain.running import eventually
from tests.chain.test_mongodb import reading, serving
from tests.chain.test_otel import collecting, stored
from tests.framework.helpers import FEATURES, LOADER, make_project
from tests.framework.service.hostile import INJECTIONS, ODD, ODD_IN_FEATURES
from tests.framework.service.running import serve

MORE = """\
  - {name: whole, type: int}
  - {name: maybe, type: int, nullable: true}
  - {name: open, type: bool, nullable: true}
  - {name: note, type: string, nullable: true}
  - {name: since, type: datetime, nullable: true}
"""
ONE: dict[str, Any] = {
    "size": 1.5,
    "weight": 0.1,
    "plan": "pro",
    "whole": 0,
    "maybe": 2**53,
    "open": True,
    "note": "x",
}
SINCE = "2020-02-29T23:59:59.123456789Z"
ROWS: list[dict[str, Any]] = [
    *(
        ONE | {"since": SINCE, "whole": whole}
        for whole in (2**63 - 1, 1 - 2**63, 2**53 + 1, -(2**53) - 1, -1)
    ),
    *(ONE | {"since": SINCE, "weight": weight} for weight in (1 / 3, -1e-300, 1.7e308, 5e-324, None)),
    dict.fromkeys(ONE | {"since": None}) | {"size": 0.1, "whole": 7},
    *(
        ONE | {"since": since, "open": False}
        for since in ("1970-01-01T00:00:00Z", "2026-12-01T01:02:03.5+05:30", None)
    ),
    *(ONE | {"since": SINCE, "note": text, "plan": text} for text in INJECTIONS + ODD + ODD_IN_FEATURES),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    loader = LOADER.replace(
        '"plan": plan,',
        '"plan": plan, "whole": 1, "maybe": 1, "open": True, "note": "x", '
        '"since": pd.Timestamp("2020", tz="UTC"),',
    )
    root = make_project(tmp_path / "project", features=FEATURES + MORE, loader=loader)
    subprocess.run([sys.executable, "-m", "hookline.cli", "train", "-q"], cwd=root, check=True)
    return root


def test_every_type_of_feature_and_answer_is_read_back_as_it_was(project: Path, tmp_path: Path) -> None:
    contract = parse_contract(project / "source/model/features.yaml")
    with (
        elasticsearch.serving() as server,
        collecting(server, contract, tmp_path / "kibana") as port,
        serving(tmp_path / "mongo") as (_, mongo),
    ):
        settings: dict[str, Any] = {
            "ID_NAME": "customer",
            "max_rows": 1_000,
            "prediction_log__enable_fluentd_logging": True,
            "prediction_log__fluentd_port": port,
            "prediction_log__enable_mongodb_logging": True,
            "prediction_log__mongo_db_url": f"mongodb://127.0.0.1:{mongo}/",
        }
        with serve(project, **settings) as service:
            rows = [row | {"customer": f"Größe 🦊 {number}"} for number, row in enumerate(ROWS)]
            answer = service.ask("POST", "/api/proba_predictions", rows)
            assert answer.status == 200, answer.body
            answers = {one["prediction_id"]: one for one in answer.json()}
            with reading(mongo) as collection:
                wanted = {"kind": "prediction"}
                eventually(lambda: collection.count_documents(wanted) == len(rows))
                in_mongo = {found["_id"]: found for found in collection.find(wanted)}
            eventually(lambda: set(answers) <= set(stored(server)))
            in_elasticsearch = {
                name: found for name, found in stored(server).items() if found["kind"] == "prediction"
            }
            request, model = answer.headers["x-request-id"], answer.headers["x-model-version"]
    assert set(in_mongo) == set(in_elasticsearch) == set(answers)
    for held in (in_mongo, in_elasticsearch):
        for number, (name, said) in enumerate(answers.items()):
            found = held[name]
            sent = ROWS[number]
            assert {feature: found[feature] for feature in sent} == sent
            for kind in (bool, int, float, str):
                assert [isinstance(found[feature], kind) for feature in sent] == [
                    isinstance(value, kind) for value in sent.values()
                ]
            shares = dict(zip(said["class_names"], said["probabilities"], strict=True))
            ranks = range(1, len(shares) + 1)
            assert {found[f"class_{rank}"]: found[f"proba_{rank}"] for rank in ranks} == shares
            assert found["class_name"] == found["class_1"] == max(shares, key=shares.__getitem__)
            assert (found["row"], found["id"]) == (number, f"Größe 🦊 {number}")
            assert (found["request_id"], found["model_version"]) == (request, model)
    for name, found in in_mongo.items():
        at = datetime.fromisoformat(in_elasticsearch[name]["at"])
        assert datetime.fromisoformat(found["at_local"]) == at
        assert found["at"] == at.replace(microsecond=at.microsecond // 1000 * 1000)
