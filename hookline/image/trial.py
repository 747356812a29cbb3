"""Try an image as a cluster runs it: it must start, answer what the model here answers, and stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hookline.errors import ImageError
from hookline.image.container import Container
from hookline.image.engine import Engine
from hookline.models.store import ModelStore
from hookline.project import Project
from hookline.scoring.predict import predict
from hookline.service.answers import PREDICTION_PATHS

__all__ = ["try_image"]

_READY_SECONDS = 60
_STOP_SECONDS = 10
_PATIENCE = 30
_CLOSE = 1e-9
"""The same libraries compute on the same machine; only threads that add in another order are forgiven."""


def try_image(project: Project, image: str, engine: Engine, say: Callable[[str], None]) -> None:
    """Start the image with nothing it could lean on, and raise an ImageError at the first thing amiss."""
    body = _test_case(project)
    with Container(engine, image, port=project.settings.service.port) as container:
        say(f"ready    after {container.wait_ready(_READY_SECONDS):.1f} s, read-only, without capabilities")
        compared = {path: _compare(project, container, path, body) for path in PREDICTION_PATHS}
        if not any(compared.values()):
            raise ImageError(
                f"the service answers none of {' and '.join(compared)}; look at {image}'s main.py"
            )
        for path, rows in compared.items():
            if rows:
                say(f"equal    {rows} answer{'s' if rows > 1 else ''} of {path}")
        seconds, code = container.stop(_PATIENCE)
        if code != 0:
            raise ImageError(f"the service ended with {code} after SIGTERM; it said:\n{container.said()}")
        if seconds > _STOP_SECONDS:
            raise ImageError(
                f"the service took {seconds:.1f} s to stop, more than {_STOP_SECONDS}; set "
                "service.drain_delay, service.drain_seconds or prediction_log.drain_seconds lower"
            )
        say(f"stopped  in {seconds:.1f} s after SIGTERM, exit code 0")


def _test_case(project: Project) -> bytes:
    path: Path = project.root / project.settings.jenkins.prediction_test_case_path
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"{path} cannot be read ({error.strerror}); write the body of a request there, or name "
            "another file in jenkins.prediction_test_case_path"
        ) from error


def _compare(project: Project, container: Container, path: str, body: bytes) -> int:
    """Hold the answers of a path against the model here; return how many, none if there is no such path."""
    status, headers, answers = container.ask("POST", path, body)
    if status == 404:
        return 0
    if status != 200:
        raise ImageError(f"{path} answered {status}: {answers.get('detail') or answers}")
    if headers.get("x-prediction-logged") == "false":
        raise ImageError(f"{path} answered, but could not log it; it said:\n{container.said()}")
    version = ModelStore(project.model_directory).resolve(headers["x-model-version"])
    here = predict(project, body, proba=path == PREDICTION_PATHS[1], model=version)
    if len(here) != len(answers):
        raise ImageError(f"{path} gave {len(answers)} answers to {len(here)} rows")
    for number, (wanted, came) in enumerate(zip(map(_bare, here), map(_bare, answers), strict=True)):
        if not _same(wanted, came):
            raise ImageError(f"{path}, row {number}: the image answers {came}, {version} here {wanted}")
    return len(here)


def _bare(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        key: answer[key] for key in ("class_name", "class_names", "probabilities", "value") if key in answer
    }


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=_CLOSE, abs_tol=_CLOSE)
    return bool(one == other)
