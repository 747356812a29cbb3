"""What OpenAPI says of the prediction log's routes; others answer them."""

# No postponed annotations here: FastAPI reads them at run time.

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from hookline.predlog.feedback import LARGEST_ACTUAL, LARGEST_ID
from hookline.service.openapi import KEYS, answered, problems

__all__ = ["TAG", "describe_log"]

TAG = {"name": "log", "description": "What was predicted, what turned out to be true, and how good it was."}
_ANY = ("headers-too-large", "internal")
_LOG = ("log-query", "no-log", "log-unreadable", "overloaded")
_READING = ("malformed", "too-slow", "too-large", "media-type", "invalid")
_ID = "019ab0c4-5d3e-7c41-9a55-3f0c8f1e6b2d"
_AGO = r"^([0-9]{1,6}[smhdw])?$"
_PLAIN = r"^[^\x00]*$"


class LogPage(BaseModel):
    """Some predictions, newest first."""

    model_config = ConfigDict(extra="forbid")

    records: list[dict[str, Any]] = Field(
        description="as they stand in the journal; `actual` is the newest truth"
    )
    next: str | None = Field(description="send it as `before` to get the next page; null: there is none")
    stopped: bool = Field(description="time was over before the page was full; go on with `next`")


class TruthTaken(BaseModel):
    """What became of one truth."""

    model_config = ConfigDict(extra="forbid")

    truth_id: str
    matched: bool | None = Field(description="whether its prediction is known; null: cannot be told now")


class FeedbackAnswer(BaseModel):
    """What became of the truths; all of them are in the journal."""

    model_config = ConfigDict(extra="forbid")

    accepted: int
    matched: int | None = Field(description="how many are about known predictions")
    held: int | None = Field(description="how many wait for theirs")
    unknown_classes: list[str] = Field(description="classes that the model does not know; perhaps misspelt")
    truths: list[TruthTaken]


class QualityAnswer(BaseModel):
    """Metrics by model version."""

    model_config = ConfigDict(extra="forbid")

    truths: int
    unmatched: int = Field(description="truths held until their prediction arrives")
    window_seconds: int
    versions: list[dict[str, Any]]


def _parameter(name: str, words: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": words, "schema": {"type": "string", **schema}}


def _text(name: str, words: str) -> dict[str, Any]:
    return _parameter(name, words, maxLength=512, pattern=_PLAIN)


def _time(name: str, words: str) -> dict[str, Any]:
    return _parameter(name, f"{words}: how long ago, such as 24h (or a time in ISO 8601)", pattern=_AGO)


_SPAN = [
    _time("since", "from then on"),
    _time("until", "before then"),
    _text("model_version", "of this model version"),
]
_FILTER = [
    *_SPAN,
    _text("class_name", "answered with this class"),
    _text("id", "of this caller's ID"),
    _text("prediction_id", "this one"),
    _text("flag", "with this flag, such as unknown or default:age"),
    _text("text", "with this text anywhere in the record"),
    _parameter("before", "`next` of a page", pattern=r"^([0-9]{1,18}\.[0-9A-Za-z-]{0,64})?$"),
    _parameter("limit", "at most so many; 50 if left out", type="integer", minimum=1, maximum=1000),
]


def describe_log(app: FastAPI, *, id_name: str, number: bool, keys: bool) -> None:
    """Describe the routes; `number`: the model predicts numbers."""
    guarded = ("unauthorized", "forbidden") if keys else ()
    security = {"security": KEYS} if keys else {}
    reading = answered(None) | problems([*_LOG, *guarded, *_ANY])
    telling = answered(None) | problems(
        [*_READING, "no-log", "overloaded", "not-ready", "not-logged", *guarded, *_ANY]
    )
    app.add_api_route(
        "/api/logs",
        _in_front,
        methods=["GET"],
        response_model=LogPage,
        responses=reading,
        summary="Read the prediction log",
        description=(
            "Returns predictions, newest first. With `format=csv` or `format=jsonl` all that match are sent "
            "as a file."
        ),
        tags=["log"],
        operation_id="logs",
        openapi_extra={"parameters": _FILTER, **security},
    )
    app.add_api_route(
        "/api/quality",
        _in_front,
        methods=["GET"],
        response_model=QualityAnswer,
        responses=reading,
        summary="Measure quality",
        description="Returns metrics by model version and time, and how many predictions they cover.",
        tags=["log"],
        operation_id="quality",
        openapi_extra={"parameters": _SPAN, **security},
    )
    body = {"required": True, "content": {"application/json": {"schema": _rows(id_name, number=number)}}}
    app.add_api_route(
        "/api/feedback",
        _in_front,
        methods=["POST"],
        response_model=FeedbackAnswer,
        responses=telling,
        summary="Tell what turned out to be true",
        description="Takes truths of predictions or IDs; they are in the journal before this is answered.",
        tags=["log"],
        operation_id="feedback",
        openapi_extra={"requestBody": body, **security},
    )


async def _in_front() -> None:
    raise HTTPException(404)  # Front answers these routes; FastAPI describes them


def _rows(id_name: str, *, number: bool) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": 1000}
    finite = {"type": "number", "exclusiveMinimum": -LARGEST_ACTUAL, "exclusiveMaximum": LARGEST_ACTUAL}
    actual = finite if number else {"anyOf": [text, finite, {"type": "boolean"}]}
    prediction = {"type": "string", "pattern": "^[0-9A-Za-z-]{1,64}$", "examples": [_ID]}
    caller = {"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]*$"}
    whole = {"type": "integer", "minimum": -LARGEST_ID, "maximum": LARGEST_ID}
    kinds = [
        {
            "type": "object",
            "properties": {name: schema, "actual": actual},
            "required": [name, "actual"],
            "additionalProperties": False,
        }
        for name, schema in (
            ("prediction_id", prediction),
            *([(id_name, {"anyOf": [caller, whole]})] if id_name else []),
        )
    ]
    return {"type": "array", "minItems": 1, "items": {"anyOf": kinds}}
