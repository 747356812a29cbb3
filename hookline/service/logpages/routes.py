"""The routes of the prediction log. They work without a model too: what was logged can be read."""

from __future__ import annotations

from pathlib import Path

from hookline.config import Settings
from hookline.service.access import Access
from hookline.service.front import GET, Lean
from hookline.service.logpages.api import LogsApi
from hookline.service.logpages.assets import ASSETS, Asset
from hookline.service.logpages.desk import Desk
from hookline.service.logpages.page import LogsPage

__all__ = ["log_routes"]


def log_routes(settings: Settings, root: Path, access: Access) -> dict[str, Lean]:
    """Return the routes by path."""
    desk = Desk(settings, root)
    return {
        "/api/logs": Lean(GET, LogsApi(desk, access)),
        "/logs": Lean(GET, LogsPage(desk, access)),
        **{path: Lean(GET, Asset(path)) for path in ASSETS},
    }
