"""What OpenAPI says beyond what FastAPI finds out by itself: problems, headers, keys, examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from hookline.service.examples import EXAMPLE_ID, Examples, Shown
from hookline.service.problems import MEDIA_TYPE, Problem
from hookline.service.schemas import ProblemAnswer

__all__ = ["KEYS", "Responses", "answered", "describe", "problems"]

Responses: TypeAlias = dict[int | str, dict[str, Any]]

KEYS: list[dict[str, list[str]]] = [{"ApiKey": []}, {"Bearer": []}]
"""Either of the two is enough."""

_REF = "#/components/schemas/{model}"
_SCHEMES = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "Bearer": {"type": "http", "scheme": "bearer"},
}
_HEADERS = {
    "X-Request-ID": "names this request in the service's logs; sent along, it is kept",
    "X-Model-Id": "the model that answered",
    "X-Model-Version": "its version",
    "X-Prediction-Logged": "`false` if the answer is in no log; otherwise not sent",
    "Retry-After": "seconds to wait",
    "WWW-Authenticate": "how to send a key",
}
_MODEL_HEADERS = ("X-Request-ID", "X-Model-Id", "X-Model-Version")
_MORE_HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}


def answered(example: Any, kind: str = "application/json", headers: Sequence[str] = ()) -> Responses:
    """Describe what a good answer has besides its schema; `headers` come on top of those all have."""
    content = {} if example is None else {"content": {kind: {"example": example}}}
    return {200: {"headers": _headers((*_MODEL_HEADERS, *headers)), **content}}


def problems(kinds: Iterable[str]) -> Responses:
    """Describe problems; those of one status are its examples."""
    found: Responses = {}
    for kind in kinds:
        problem = Problem(kind)
        status = problem.rule.status
        entry = found.setdefault(
            status,
            {
                "description": problem.rule.title,
                "headers": _headers(("X-Request-ID", *_MORE_HEADERS.get(status, ()))),
                "content": {MEDIA_TYPE.decode(): {"schema": _ref(ProblemAnswer.__name__), "examples": {}}},
            },
        )
        examples = entry["content"][MEDIA_TYPE.decode()]["examples"]
        if examples:
            entry["description"] += f" · {problem.rule.title}"
        examples[kind] = {"summary": problem.rule.title, "value": problem.content(EXAMPLE_ID)}
    return found


def describe(
    app: FastAPI,
    *,
    keys: bool,
    rows: Any,
    examples: Examples | None = None,
    shown: Mapping[str, Shown] | None = None,
) -> None:
    """Have `app` say all of it in /openapi.json; `shown` are examples by path."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                tags=app.openapi_tags,
                routes=app.routes,
                servers=[{"url": "."}],  # beside this document, so that it is right behind any prefix
            )
            parts = found.setdefault("components", {})
            parts["schemas"] = parts.get("schemas", {}) | _problem_schemas() | _row_schemas(rows)
            if keys:
                parts["securitySchemes"] = _SCHEMES
            if examples is not None:
                _show_rows(found, examples.rows)
            for path, example in (shown or {}).items():
                _show(found["paths"][path], example)  # afterwards, for FastAPI leaves out what is null
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's manual does it


def _show_rows(found: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    # FastAPI leaves out what is null; a row without a field is another row.
    for path in found["paths"].values():
        for operation in path.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "rows" in content.get("examples", {}):
                content["examples"]["rows"]["value"] = rows


def _show(operations: dict[str, Any], shown: Shown) -> None:
    for operation in operations.values():
        operation["responses"]["200"]["content"]["application/json"]["example"] = shown.answer
        if shown.request is not None:
            operation["requestBody"]["content"]["application/json"]["example"] = shown.request


def _problem_schemas() -> dict[str, Any]:
    schema = ProblemAnswer.model_json_schema(ref_template=_REF)
    return {**schema.pop("$defs"), ProblemAnswer.__name__: schema}


def _row_schemas(rows: Any) -> dict[str, Any]:
    # FastAPI writes all bounds as floats, so that 2**63 - 1 becomes another number.
    if rows is None:
        return {}
    adapter: TypeAdapter[Any] = TypeAdapter(rows)
    schemas: dict[str, Any] = adapter.json_schema(ref_template=_REF)["$defs"]
    return schemas


def _headers(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in names}


def _ref(model: str) -> dict[str, str]:
    return {"$ref": _REF.format(model=model)}
