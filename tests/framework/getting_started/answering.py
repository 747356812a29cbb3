"""Stand for the service that a script asks: note what was posted, and answer a prediction."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Answering", "forwarding"]


class Answering(ThreadingHTTPServer):
    """Stand for the service: note what was posted."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Service)
        self.status = status
        self.heard: list[tuple[str, str | None, bytes]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Service(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, self.headers["X-API-Key"], body))
        answer = b'[{"prediction_id":"1","class_name":"setosa"}]'
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep the test's output quiet."""


def forwarding(server: Answering) -> dict[str, str]:
    """Answer as kubectl does when it brings a service here."""
    line = f"Forwarding from 127.0.0.1:{server.server_port} -> 5000"
    return {"*port-forward*": f'echo "{line}"; exec sleep 60', "*ports*port*": "printf 5000"}
