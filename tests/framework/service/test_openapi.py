from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from hookline.service.problems import PROBLEMS
from tests.framework.service.conftest import Trained
from tests.framework.service.projects import MIXED_ROW
from tests.framework.service.running import Running, serve

PREDICTIONS = ("/api/predictions", "/api/proba_predictions")


@pytest.fixture(scope="module")
def described(mixed: Running) -> dict[str, Any]:
    """Return what the service says of itself."""
    answer = mixed.ask("GET", "/openapi.json")
    assert answer.status == 200
    content: dict[str, Any] = answer.json()
    return content


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """List path, method and operation."""
    return [
        (path, method, operation)
        for path, item in described["paths"].items()
        for method, operation in item.items()
    ]


def resolved(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that stands by itself."""
    return {**schema, "components": described["components"]}


def test_it_is_openapi_3_1(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    assert list(jsonschema_rs.validator_for(OPENAPI_31).iter_errors(described)) == []


def test_every_operation_has_words_and_a_tag(described: dict[str, Any]) -> None:
    for path, _, operation in operations(described):
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"][0] in {tag["name"] for tag in described["tags"]}, path


def test_names_of_operations_are_distinct(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(set(names)) == len(names)


def test_every_problem_is_declared_as_one_and_as_nothing_else(described: dict[str, Any]) -> None:
    for path, _, operation in operations(described):
        for status, response in operation["responses"].items():
            kinds = set(response.get("content", {}))
            assert ("application/problem+json" in kinds) == (int(status) >= 400), (path, status)
            assert int(status) < 400 or len(kinds) == 1, (path, status)


def test_examples_of_problems_are_problems(described: dict[str, Any]) -> None:
    schema = resolved(described, {"$ref": "#/components/schemas/ProblemAnswer"})
    seen = set()
    for _, _, operation in operations(described):
        for status, response in operation["responses"].items():
            for example in (
                response.get("content", {}).get("application/problem+json", {}).get("examples", {}).values()
            ):
                jsonschema_rs.validator_for(schema).validate(example["value"])
                assert example["value"]["status"] == int(status)
                seen.add(example["value"]["type"].removeprefix("urn:hookline:problem:"))
    assert seen <= set(PROBLEMS)
    assert {"malformed", "invalid", "unanswerable", "overloaded", "internal"} <= seen


def test_every_operation_shows_what_it_answers_and_what_it_is_asked(described: dict[str, Any]) -> None:
    hold_examples(described)


@pytest.mark.slow
def test_a_regression_shows_numbers(trained: Trained) -> None:
    with serve(trained("regression")) as running:
        described = running.ask("GET", "/openapi.json").json()
        hold_examples(described)
        body = described["paths"]["/api/feedback"]["post"]["requestBody"]["content"]["application/json"]
        assert isinstance(body["example"][0]["actual"], float)
        assert running.ask("POST", "/api/feedback", body["example"]).status == 200


def hold_examples(described: dict[str, Any]) -> None:
    """Hold every example against its schema; none may be missing."""
    for path, _, operation in operations(described):
        (answer,) = operation["responses"]["200"]["content"].values()
        said = jsonschema_rs.validator_for(resolved(described, answer["schema"]))
        said.validate(answer["example"])
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is not None:
            named = [one["value"] for one in body.get("examples", {}).values()]
            (example,) = named or [body["example"]]
            jsonschema_rs.validator_for(resolved(described, body["schema"])).validate(example)
        assert {"X-Request-ID", "X-Model-Id", "X-Model-Version"} <= set(
            operation["responses"]["200"]["headers"]
        ), path


@pytest.mark.parametrize("path", PREDICTIONS)
def test_the_example_of_a_request_is_answered_as_its_example_says(
    mixed: Running, described: dict[str, Any], path: str
) -> None:
    operation = described["paths"][path]["post"]
    (example,) = operation["requestBody"]["content"]["application/json"]["examples"].values()
    answer = mixed.ask("POST", path, example["value"])
    assert answer.status == 200, answer.body
    shown = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert [without_id(row) for row in answer.json()] == [without_id(row) for row in shown]


def test_a_null_of_an_example_is_not_left_out(described: dict[str, Any]) -> None:
    body = described["paths"][PREDICTIONS[0]]["post"]["requestBody"]["content"]["application/json"]
    (example,) = body["examples"].values()
    assert any(None in row.values() for row in example["value"])
    assert all(row.keys() == MIXED_ROW.keys() | {"row_id"} for row in example["value"])


def without_id(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is never the same."""
    return {key: value for key, value in row.items() if key != "prediction_id"}


def test_the_first_example_row_is_the_features_examples(described: dict[str, Any]) -> None:
    body = described["paths"][PREDICTIONS[0]]["post"]["requestBody"]["content"]["application/json"]
    (example,) = body["examples"].values()
    first = example["value"][0]
    assert (first["amount"], first["age"], first["code"], first["seen"]) == (
        12.5,
        41,
        "AB12",
        MIXED_ROW["seen"],
    )
    assert first["row_id"]


@pytest.mark.parametrize("path", PREDICTIONS)
def test_answers_are_what_their_schema_says(mixed: Running, described: dict[str, Any], path: str) -> None:
    schema = described["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = jsonschema_rs.validator_for(resolved(described, schema))
    validator.validate(mixed.ask("POST", path, [MIXED_ROW] * 3).json())


@pytest.mark.parametrize(
    "path", ["/ping", "/info", "/health", "/health/live", "/health/ready", "/health/startup"]
)
def test_probes_and_info_answer_what_their_schema_says(
    mixed: Running, described: dict[str, Any], path: str
) -> None:
    schema = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema_rs.validator_for(resolved(described, schema)).validate(mixed.ask("GET", path).json())


def test_headers_that_every_prediction_carries_are_declared(
    mixed: Running, described: dict[str, Any]
) -> None:
    declared = described["paths"][PREDICTIONS[0]]["post"]["responses"]["200"]["headers"]
    answer = mixed.ask("POST", PREDICTIONS[0], [MIXED_ROW])
    assert {"X-Request-ID", "X-Model-Id", "X-Model-Version", "X-Prediction-Logged"} <= set(declared)
    always = {name.lower() for name in declared} - {"x-prediction-logged"}  # only if it is not
    assert always <= set(answer.headers)


def test_bounds_are_whole_numbers_to_the_last_digit(described: dict[str, Any]) -> None:
    points = described["components"]["schemas"]["Row"]["properties"]["points"]
    assert points["exclusiveMaximum"] == 2**63
    assert str(2**63) in json.dumps(points)


def test_without_keys_no_security_is_asked_for(described: dict[str, Any]) -> None:
    assert "securitySchemes" not in described["components"]
    assert not {"401", "403"} & set(described["paths"][PREDICTIONS[0]]["post"]["responses"])


def test_a_protected_value_is_in_no_example_but_its_own(described: dict[str, Any]) -> None:
    assert str(MIXED_ROW["salary"]) not in json.dumps(described)
