"""The pages' own files, read once."""

from __future__ import annotations

from importlib.resources import files
from zlib import crc32

from hookline.service.exchange import Exchange
from hookline.service.logpages.desk import reply

__all__ = ["ASSETS", "Asset"]

_KINDS = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
ASSETS = {
    "/logs/assets/log.css": ("hookline.service.logpages.assets", "log.css"),
    "/logs/assets/log.js": ("hookline.service.logpages.assets", "log.js"),
    "/logs/assets/icon.svg": ("hookline.service.pages", "icon.svg"),
}


class Asset:
    """Answer with a file; who has it already is told so."""

    def __init__(self, path: str) -> None:
        package, self._name = ASSETS[path]
        parent, _, folder = package.rpartition(".")
        self._file = files(parent) / folder / self._name
        self._content: bytes | None = None

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        if self._content is None:
            self._content = self._file.read_bytes()
        # Nobody keeps it without asking: after an update an old script would meet a new page.
        headers = {"cache-control": "no-cache", "etag": f'"{crc32(self._content):x}"'}
        kind = _KINDS[self._name.rpartition(".")[2]]
        same = exchange.headers.get(b"if-none-match", b"").decode("latin-1") == headers["etag"]
        await reply(exchange, self._content, kind, headers, 304 if same else 200)
