"""/docs and /redoc from local files: no content delivery network, no inline script, no address but our own.

Swagger UI and ReDoc themselves come with fastapi-offline; the pages around them are in the folder `pages`.
"""

from __future__ import annotations

import html
import zlib
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import FastAPI, Request
from fastapi.responses import Response

__all__ = ["POLICY", "add_docs"]

POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Both libraries write styles into the page; ReDoc searches in a worker."""

_KINDS = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_ASSETS = ("swagger-ui.css", "swagger-ui-bundle.js", "redoc.standalone.js")
_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_NO_LOGO = b"data:,"


def add_docs(app: FastAPI) -> None:
    """Add both pages and their files."""
    pages, assets = files("hookline.service") / "pages", files("fastapi_offline") / "static"
    for name in ("docs", "redoc"):
        _add(app, f"/{name}", pages / f"{name}.html", title=app.title)
    for name in ("start.js", "page.css", "icon.svg"):
        _add(app, f"/docs/{name}", pages / name)
    for name in _ASSETS:
        _add(app, f"/docs/assets/{name}", assets / name)


def _add(app: FastAPI, path: str, file: Traversable, *, title: str = "") -> None:
    kind = _KINDS[file.name.rpartition(".")[2]]

    def show(request: Request) -> Response:
        content = file.read_bytes().replace(_LOGO, _NO_LOGO)
        if title:
            content = content.replace(b"{title}", html.escape(title).encode())
        # Nobody keeps it without asking: after an update old scripts would meet a new page.
        headers = {
            "content-security-policy": POLICY,
            "cache-control": "no-cache",
            "etag": f'"{zlib.crc32(content):x}"',
        }
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=kind, headers=headers)

    app.add_api_route(path, show, methods=["GET"], include_in_schema=False)
