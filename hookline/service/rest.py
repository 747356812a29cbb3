"""FastAPI's half of the service: it describes every route, and answers those where microseconds do not count.

It is built while the first requests are answered: importing FastAPI takes longer than loading a model.
"""

# No postponed annotations here: FastAPI reads the row type, which exists at run time only, from a signature.

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from fastapi import Body, FastAPI, Request, Response
from starlette.exceptions import HTTPException

import hookline
from hookline.service.docs import add_docs
from hookline.service.examples import Examples, Shown
from hookline.service.logpages.describe import TAG as LOG_TAG
from hookline.service.logpages.describe import describe_log
from hookline.service.logpages.examples import log_examples
from hookline.service.metrics import REQUESTS
from hookline.service.model import ServedModel
from hookline.service.openapi import KEYS, answered, describe, problems
from hookline.service.problems import MEDIA_TYPE, Problem
from hookline.service.schemas import (
    ClassAnswer,
    Info,
    Live,
    Pong,
    ProbabilityAnswer,
    Ready,
    Started,
    ValueAnswer,
)

__all__ = ["Offer", "build_rest"]

_TAGS = [
    {
        "name": "predictions",
        "description": "Send rows, get answers. Every answer carries the id of its prediction.",
    },
    LOG_TAG,
    {"name": "service", "description": "What is running, and whether it is well."},
]
_MOST_CLASSES = 10
_SOME_METRICS = f"""\
# HELP {REQUESTS.name} {REQUESTS.help}
# TYPE {REQUESTS.name} {REQUESTS.kind}
{REQUESTS.name}{{path="/api/predictions",status="200"}} 1024.0
"""
_ANY = ("headers-too-large", "internal")
_READING = ("malformed", "too-slow", "too-large", "media-type", "invalid", "unanswerable")
_BUSY = ("overloaded", "not-ready", "not-logged")


class Offer(NamedTuple):
    """What there is to describe."""

    name: str
    model: ServedModel | None
    rows: Any
    examples: Examples | None
    keys: bool
    limited: bool
    docs: bool
    metrics_protected: bool = False
    log: bool = False
    id_name: str = ""


class _Prediction(NamedTuple):
    """One of the prediction endpoints, in words."""

    path: str
    answer: Any
    summary: str
    description: str


def build_rest(offer: Offer) -> FastAPI:
    """Make the FastAPI app."""
    app = FastAPI(
        title=offer.name,
        version=hookline.__version__ if offer.model is None else offer.model.version,
        description=_description(offer.model),
        openapi_tags=_TAGS,
        openapi_url="/openapi.json" if offer.docs else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.add_exception_handler(HTTPException, _as_problem)
    app.add_exception_handler(Exception, _as_problem)
    for prediction in _predictions(offer.model):
        _describe_prediction(app, offer, prediction)
    _describe_service(app)
    _describe_metrics(app, offer)
    shown = {} if offer.model is None else {"/info": Shown(_about(offer.name, offer.model))}
    if offer.log and offer.model is not None:
        number = offer.model.task == "regression"
        describe_log(app, id_name=offer.id_name, number=number, keys=offer.keys)
        if offer.examples is not None:
            shown |= log_examples(offer.model, offer.examples, offer.id_name)
    describe(app, keys=offer.keys, rows=offer.rows, examples=offer.examples, shown=shown)
    if offer.docs:
        add_docs(app)
    return app


def _description(model: ServedModel | None) -> str:
    if model is None:
        return "No model is loaded yet; as soon as one is trained, the service brings it in."
    count = len(model.contract.names)
    classes = ", ".join(model.classes[:_MOST_CLASSES]) + (", …" if len(model.classes) > _MOST_CLASSES else "")
    return (
        f"Predicts **{model.contract.target_label}** ({classes or 'a number'}) "
        f"from {count} feature{'' if count == 1 else 's'}.\n\n"
        f"- model `{model.model_id}`\n- version `{model.version}`\n- made {model.created}\n"
        f"- served {model.predictor.kind}"
    )


def _predictions(model: ServedModel | None) -> Iterator[_Prediction]:
    path = "/api/predictions"
    if model is None:
        return
    if model.task == "regression":
        yield _Prediction(
            path, ValueAnswer, "Predict values", "Returns the value of each row, in their order."
        )
        return
    yield _Prediction(path, ClassAnswer, "Predict classes", "Returns the class of each row, in their order.")
    if model.probabilities:
        words = "Returns every class of each row with its probability, in the order of the rows."
        yield _Prediction("/api/proba_predictions", ProbabilityAnswer, "Predict probabilities", words)


def _describe_prediction(app: FastAPI, offer: Offer, prediction: _Prediction) -> None:
    path, answer, summary, description = prediction
    examples = offer.examples
    rows = {} if examples is None else {"rows": {"summary": "Two rows", "value": examples.rows}}
    body = Body(openapi_examples=rows)  # type: ignore[arg-type]  # as FastAPI's manual writes it
    row_type = offer.rows

    async def predict(
        rows: Annotated[row_type, body],  # type: ignore[valid-type]  # noqa: ARG001  # for FastAPI to read
    ) -> None:
        raise HTTPException(404)  # Front answers this route; FastAPI describes it

    kinds = [*_READING, *_BUSY, *_ANY]
    kinds += ["unauthorized", "forbidden"] if offer.keys else []
    kinds += ["rate-limit"] if offer.limited else []
    app.add_api_route(
        path,
        predict,
        methods=["POST"],
        response_model=list[answer],  # type: ignore[valid-type]  # known at run time
        responses=answered(
            None if examples is None else examples.answers.get(path), headers=["X-Prediction-Logged"]
        )
        | problems(kinds),
        summary=summary,
        description=description,
        tags=["predictions"],
        operation_id=path.removeprefix("/api/"),
        openapi_extra={"security": KEYS} if offer.keys else None,
    )


def _describe_service(app: FastAPI) -> None:
    async def in_front() -> None:
        raise HTTPException(404)  # as above

    ready = (
        "Tells whether new requests should be sent here: 200 while the model serves, 503 before and after."
    )
    live = "Tells whether the process is alive; independent of model, disk, log and what it talks to."
    started = "Tells whether the model is loaded."
    probes: tuple[tuple[str, Any, str, str, Any], ...] = (
        ("/ping", Pong, "Answer a ping", "Answers as simply as can be.", {"ping": "pong"}),
        ("/info", Info, "Name service and model", "Tells what is running, and what its model needs.", None),
        (
            "/health",
            Ready,
            "Say whether requests are welcome",
            f"{ready} The same as /health/ready.",
            {"status": "ready"},
        ),
        ("/health/live", Live, "Say whether the process is alive", live, {"status": "live"}),
        ("/health/startup", Started, "Say whether the model is loaded", started, {"status": "started"}),
        ("/health/ready", Ready, "Say whether requests are welcome", ready, {"status": "ready"}),
    )
    for path, answer, summary, description, example in probes:
        waits = path not in ("/ping", "/health/live")
        app.add_api_route(
            path,
            in_front,
            methods=["GET"],
            response_model=answer,
            responses=answered(example) | problems([*(["not-ready"] if waits else []), *_ANY]),
            summary=summary,
            description=description,
            tags=["service"],
            operation_id=path.strip("/").replace("/", "_"),
        )


def _about(name: str, model: ServedModel) -> dict[str, Any]:
    return {"name": name, "version": hookline.__version__} | model.describe()


def _describe_metrics(app: FastAPI, offer: Offer) -> None:
    async def in_front() -> None:
        raise HTTPException(404)  # as above

    text = answered(_SOME_METRICS, "text/plain")
    text[200]["content"]["text/plain"]["schema"] = {"type": "string"}
    app.add_api_route(
        "/metrics",
        in_front,
        methods=["GET"],
        response_class=Response,
        responses=text
        | problems([*(["unauthorized", "forbidden"] if offer.metrics_protected else []), *_ANY]),
        summary="Show metrics",
        description="Returns Prometheus metrics of all workers together.",
        tags=["service"],
        operation_id="metrics",
        openapi_extra={"security": KEYS} if offer.metrics_protected else None,
    )


async def _as_problem(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    kind = {404: "not-found", 405: "method-not-allowed"}.get(status, "internal")
    headers = dict(getattr(error, "headers", None) or {})
    silent = kind == "not-found" and request.app.openapi_url is None  # nobody is sent to pages that are off
    body = Problem(kind, "There is nothing at this path." if silent else "").body(request.scope["request_id"])
    return Response(body, status, headers, media_type=MEDIA_TYPE.decode())
