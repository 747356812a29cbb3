"""The routes of the prediction log. They work without a model too: what was logged can be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hookline.config import Settings
from hookline.predlog.feedback import Facts
from hookline.service.access import Access
from hookline.service.front import GET, POST, Lean
from hookline.service.logpages.api import LogsApi
from hookline.service.logpages.assets import ASSETS, Asset
from hookline.service.logpages.desk import Desk
from hookline.service.logpages.feedback import Feedback
from hookline.service.logpages.page import LogsPage
from hookline.service.logpages.quality import QualityApi, QualityPage
from hookline.service.model import ServedModel
from hookline.service.prediction_log import PredictionLog
from hookline.service.problems import Problem

__all__ = ["log_routes"]


def log_routes(
    settings: Settings,
    root: Path,
    access: Access,
    *,
    log: Callable[[], PredictionLog | None],
    model: Callable[[], ServedModel | None],
) -> dict[str, Lean]:
    """Return the routes by path."""

    def facts() -> Facts:
        served = model()
        if served is None:
            raise Problem("not-ready")
        return Facts(served.task, served.classes, settings.service.ID_NAME)

    desk = Desk(settings, root)
    return {
        "/api/logs": Lean(GET, LogsApi(desk, access)),
        "/api/feedback": Lean(POST, Feedback(desk, log, facts), "feedback", settings.service.max_body_bytes),
        "/api/quality": Lean(GET, QualityApi(desk, access)),
        "/quality": Lean(GET, QualityPage(desk, access)),
        "/logs": Lean(GET, LogsPage(desk, access)),
        **{path: Lean(GET, Asset(path)) for path in ASSETS},
    }
