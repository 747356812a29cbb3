"""Ask the service that was just deployed for the answer every image must give, and look who answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.client import HTTPException
from pathlib import Path
from typing import Any

from hookline.client.transport import ProblemError, Transport
from hookline.errors import DeployError

__all__ = ["read_test_case", "smoke"]

_PATIENCE = 30.0
_PAUSE = 1.0

Reach = Callable[[], AbstractContextManager[str]]
"""Gives an address of the service, anew for each try."""


def read_test_case(path: Path) -> bytes:
    """Return the request of `jenkins.prediction_test_case_path`."""
    try:
        body = path.read_bytes()
        rows = json.loads(body)
    except OSError as error:
        raise DeployError(
            f"{path} cannot be read: {error.strerror}; it is the request that a fresh release must answer, "
            "a JSON list of rows (`jenkins.prediction_test_case_path` says where it is)"
        ) from error
    except ValueError as error:
        raise DeployError(f"{path} is not JSON: {error}; it must be a list of rows") from error
    if not isinstance(rows, list) or not rows:
        raise DeployError(f"{path} holds no list of rows; put one there, as POST /api/predictions takes it")
    return body


def smoke(reach: Reach, body: bytes, *, model_version: str, key: str | None) -> str:
    """Send the request until the right model answers it; return what is to be said, or fail with a sentence.

    For a moment after an upgrade an address may still lead to a pod that is stopping; hence several tries.
    """
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return _ask(reach, body, model_version, key)
        except DeployError:
            if time.monotonic() > end:
                raise
        time.sleep(_PAUSE)


def _ask(reach: Reach, body: bytes, model_version: str, key: str | None) -> str:
    try:
        with reach() as url, Transport(url, key=key, retries=0) as transport:
            reply = transport.post("/api/predictions", body)
    except ProblemError as error:
        raise DeployError(f"the test request was refused: {error}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise DeployError(f"the service does not answer the test request: {error}") from error
    rows: list[Any] = json.loads(body)
    if not isinstance(reply.body, list) or len(reply.body) != len(rows):
        raise DeployError(f"the test request has {len(rows)} rows and was answered {reply.body!r:.200}")
    if model_version and reply.model_version != model_version:
        raise DeployError(
            f"the model {reply.model_version or 'of another service'} answers, not {model_version}: "
            "is the image built of another model, or was it not pushed?"
        )
    return f"{len(rows)} row{'' if len(rows) == 1 else 's'} answered by the model {reply.model_version}"
