"""The floor: raw ASGI and pydantic's validation of the same rows; no model, a constant answer."""

from __future__ import annotations

from typing import Any

from pydantic_core import SchemaValidator, core_schema

NAMES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
FIELD = core_schema.typed_dict_field(core_schema.float_schema(strict=True, allow_inf_nan=False))
ROW = core_schema.typed_dict_schema(dict.fromkeys(NAMES, FIELD), extra_behavior="forbid", strict=True)
VALIDATE = SchemaValidator(core_schema.list_schema(ROW)).validate_json
ANSWER = b'[{"prediction_id":"019ab0c4-5d3e-7c41-9a55-3f0c8f1e6b2d","class_name":"setosa"}]'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    VALIDATE(body)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})
