"""The factory: settings, model and log in, one ASGI app out. Nothing is read before the server starts it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hookline.config import Settings
from hookline.errors import HooklineError, NoModelError
from hookline.models.loading import load_model
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from hookline.predlog.places import Places
from hookline.predlog.shipper.attend import Attendant
from hookline.service import logs
from hookline.service.access import Access
from hookline.service.answerer import Answerer
from hookline.service.answers import PREDICTION_PATHS
from hookline.service.arrivals import Arrivals
from hookline.service.bucket import Buckets
from hookline.service.engine import Engine, engine_for
from hookline.service.examples import Examples
from hookline.service.exposition import MetricsDoor
from hookline.service.express import Express
from hookline.service.front import GET, POST, Asgi, Front, Lean
from hookline.service.gate import Gate
from hookline.service.headers import SECURITY, Cors
from hookline.service.health import Health, ping
from hookline.service.info import Info
from hookline.service.jobs import Append
from hookline.service.keys import read_keys
from hookline.service.log_numbers import log_numbers
from hookline.service.logpages.routes import log_routes
from hookline.service.metrics import Metrics
from hookline.service.model import ServedModel
from hookline.service.predict import PredictDoor
from hookline.service.prediction_log import PredictionLog
from hookline.service.rows import RowReader
from hookline.service.state import State
from hookline.service.watchers import Watchers

__all__ = ["App", "create_app"]

_GUARDED = Lean(POST, ping, "predict")
"""Stands for a prediction while there is no model: the guard answers 503 before the door is asked."""


def create_app(
    settings: Settings,
    *,
    root: Path = Path(),
    predictor: ServedModel | None = None,
    log: Append | None = None,
    attend: bool = False,
) -> App:
    """Make the service.

    `root` is the project's folder. Without a `predictor` the current model is loaded when the server starts.
    `log` is given every answer before its caller gets it; without one the settings choose.
    With `attend` this process sees to it that somebody ships the log; otherwise its supervisor does.
    """
    return App(settings, root, lambda: predictor or current_model(settings, root), log, attend=attend)


def current_model(settings: Settings, root: Path) -> ServedModel:
    """Load the current model, proved by its golden rows."""
    store = ModelStore(root / settings.models.directory)
    return ServedModel.of(load_model(store, policy=LoadPolicy.from_settings(settings.models, root)))


class App:
    """The service as an ASGI app: one for the life of a worker, with one model."""

    def __init__(
        self,
        settings: Settings,
        root: Path,
        load: Callable[[], ServedModel],
        append: Append | None,
        *,
        attend: bool = False,
    ) -> None:
        self.settings = settings
        self.state = State()
        self.express: Express | None = None
        """The short way of predictions, for a server that knows it; None if all must go the usual way."""
        self.common = SECURITY
        """Headers of every answer, also of those that are given below the app."""
        self._root = root
        self._load = load
        self._append = append
        self._attend = attend
        self._log: PredictionLog | None = None
        self._attendant: Attendant | None = None
        self._front: Front | None = None
        self._reader: RowReader | None = None
        self._engine: Engine | None = None
        self._access: Access | None = None
        self._metrics: Metrics | None = None
        self._watchers: Watchers | None = None
        self._rest: asyncio.Task[Asgi] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one ASGI conversation."""
        if scope["type"] == "http":
            front = self._front or self.start()
            await front(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    def start(self) -> Front:
        """Load the model and open the doors; without a model the doors answer that there is none."""
        try:
            self.state.model = self._load()
        except NoModelError as error:
            self.state.reason = str(error)
            logs.warning("no model to serve", reason=str(error))
        model, settings = self.state.model, self.settings
        service = settings.service
        # What a person may have set wrong is found before anything is opened.
        keys = read_keys(settings, self._root)
        reader = None if model is None else self._row_reader(model)
        metrics = self._metrics = Metrics()
        access = self._access = Access(keys, self._buckets(metrics))
        gate = Gate(self.state, access, metrics, most=service.max_in_flight)
        predictions = dict.fromkeys(PREDICTION_PATHS, _GUARDED)
        doors: dict[str, PredictDoor] = {}
        if model is not None and reader is not None:
            self._reader = reader
            metrics.model(*model.labels)
            if self._append is None and settings.prediction_log.enabled:
                self._log = PredictionLog.of(
                    settings, self._root, model=model, state=self.state, metrics=metrics
                )
                self._log.start()
                places = Places.of(settings, self._root)
                metrics.also(log_numbers(places))
                self._attendant = Attendant(places, self._root) if self._attend else None
            doors = self._doors(model, reader, metrics, access)
            most = service.max_body_bytes
            predictions = {path: Lean(POST, door, "predict", most) for path, door in doors.items()}
            if any(feature.log != "raw" for feature in model.contract):
                logs.leave_values_out()
        watchers = self._watchers = Watchers.of(settings, model)
        common = self.common = SECURITY + (model.headers if model else [])
        origins = service.cors_origins
        self._rest = asyncio.get_running_loop().create_task(self._make_rest())
        self._front = Front(
            gate=gate,
            arrivals=Arrivals(service.max_in_flight * service.max_body_bytes),
            lean=self._service_routes(metrics, access)
            | log_routes(settings, self._root, access, log=lambda: self._log, model=lambda: self.state.model)
            | predictions,
            rest=self._answer_by_fastapi,
            metrics=metrics,
            common=common,
            cors=Cors(origins, common) if origins else None,
            watchers=watchers.notes,
        )
        if not (origins or watchers.notes):  # who looks on, and other origins, are only known to Front
            self.express = Express(doors, gate, metrics, common)
        return self._front

    async def stop(self) -> None:
        """Finish what was taken, and let the model go."""
        if self._rest is not None:
            await self._rest
        if self._engine is not None:
            await self._engine.close()
        if self._log is not None:
            await self._log.close()
        if self._attendant is not None:
            self._attendant.close()
        if self.state.model is not None:
            self.state.model.predictor.close()
        if self._watchers is not None:
            await self._watchers.close()
        if self._access is not None:
            self._access.close()
        if self._metrics is not None:
            self._metrics.close()

    def refused(self, reason: str) -> None:
        """Count a request that the connection refused before the app could see it."""
        if self._metrics is not None:
            self._metrics.rejected(reason)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        try:
            self.start()
        except HooklineError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    def _buckets(self, metrics: Metrics) -> Buckets | None:
        rate = self.settings.access.rows_per_second
        return Buckets(rate, metrics.ledger.folder) if rate else None

    def _service_routes(self, metrics: Metrics, access: Access) -> dict[str, Lean]:
        health = Health(self.state)
        protected = self.settings.access.protect_metrics
        return {
            "/ping": Lean(GET, ping),
            "/info": Lean(GET, Info(self.settings.service.name, self.state)),
            "/health": Lean(GET, health.ready),
            "/health/live": Lean(GET, health.live),
            "/health/startup": Lean(GET, health.startup),
            "/health/ready": Lean(GET, health.ready),
            "/metrics": Lean(GET, MetricsDoor(metrics, access if protected else None)),
        }

    def _row_reader(self, model: ServedModel) -> RowReader:
        service = self.settings.service
        return RowReader(model.contract, id_name=service.ID_NAME, max_rows=service.max_rows)

    def _doors(
        self, model: ServedModel, reader: RowReader, metrics: Metrics, access: Access
    ) -> dict[str, PredictDoor]:
        answer = Answerer(model.predictor, model.contract, grouping=model.grouping, batch=metrics.batch)
        self._engine = engine_for(model.predictor.kind, answer, self._append or self._log)
        return {
            path: PredictDoor(
                path,
                reader=reader,
                engine=self._engine,
                encode=encode,
                access=access,
                most_bytes=self.settings.service.max_body_bytes,
            )
            for path, encode in model.encoders.items()
        }

    async def _make_rest(self) -> Asgi:
        model, service, examples = self.state.model, self.settings.service, None
        if model is not None and self._engine is not None and service.docs:
            examples = await self._engine.apart(Examples, model, service.ID_NAME)
        return await asyncio.to_thread(self._build_rest, examples)

    def _build_rest(self, examples: Examples | None) -> Asgi:
        from hookline.service.rest import Offer, build_rest  # noqa: PLC0415 - FastAPI, imported beside requests

        settings = self.settings
        offer = Offer(
            name=settings.service.name,
            model=self.state.model,
            rows=None if self._reader is None else self._reader.type,
            examples=examples,
            keys=self._access is not None and not self._access.open,
            limited=settings.access.rows_per_second > 0,
            docs=settings.service.docs,
            metrics_protected=settings.access.protect_metrics,
            log=settings.prediction_log.enabled,
            id_name=settings.service.ID_NAME,
        )
        return build_rest(offer)

    async def _answer_by_fastapi(self, scope: Any, receive: Any, send: Any) -> None:
        if self._rest is None:
            raise RuntimeError("start() was not called")
        app = await asyncio.shield(self._rest)
        await app(scope, receive, send)
