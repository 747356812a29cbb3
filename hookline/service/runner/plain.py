"""uvicorn's HTTP protocol, staying with HTTP/1.1 whatever a caller offers to go on with.

httptools takes an offer (`Upgrade: h2c`, as Java's client sends it) for the end of HTTP: it reads no body,
and takes what comes later for the next request. A server may ignore offers (RFC 9110, 7.8), so the head is
read again without it.
"""

from __future__ import annotations

from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["PlainProtocol"]


class PlainProtocol(HttpToolsProtocol):
    """Serve one connection.

    A subclass that keeps books of a request must ask in two places, before all else: `on_headers_complete`
    returns if `parser.should_upgrade() and is_offer()`, for the headers come again without the offer, and
    `on_message_complete` returns if `_offered`, for nothing has been completed.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._offered = False

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        self._unset_keepalive_if_required()
        rest: bytes | memoryview = data
        try:
            while True:
                try:
                    self.parser.feed_data(rest)
                except HttpParserUpgrade as offer:
                    if not self._offered:  # CONNECT: nothing behind it is for us
                        return
                    rest = memoryview(rest)[offer.args[0] :]
                    self._ignore_offer()
                else:
                    return
        except HttpParserError:
            self.send_400_response("")

    def is_offer(self) -> bool:
        """Tell whether headers that httptools stops at are an offer: then they come again without it."""
        self._offered = self.parser.get_method() != b"CONNECT"
        return self._offered

    def _ignore_offer(self) -> None:
        self._offered = False
        before, after = self.parser, HttpRequestParser(self)
        lines = [b"%b %b HTTP/%b" % (before.get_method(), self.url, before.get_http_version().encode())]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        after.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn sets it
        self.parser = after
        after.feed_data(b"\r\n".join([*lines, b"", b""]))
