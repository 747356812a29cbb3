"""A real Elasticsearch, which refuses to run as root, in a folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.chain.running import Program, program_of

__all__ = ["Elasticsearch", "serving"]

_OPTIONS = {
    "discovery.type": "single-node",
    "network.host": "127.0.0.1",
    "http.port": "0",
    "transport.port": "0",
    "cluster.routing.allocation.disk.threshold_enabled": "false",
}


class Elasticsearch:
    """Ask a server."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, method: str, path: str, body: Any = None, *, lines: bool = False) -> Any:
        """Send a request and return the answer; an error says what the server said."""
        data = None
        if body is not None:
            data = (body if lines else json.dumps(body)).encode()
        kind = "application/x-ndjson" if lines else "application/json"
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.address}/{path}", data, {"Content-Type": kind}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own address
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def index(self, name: str, documents: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Store documents under their ids, as Fluentd's plugin does, and make them visible."""
        lines = []
        for number, document in documents:
            lines += [json.dumps({"index": {"_index": name, "_id": number}}), json.dumps(document)]
        answer = self.ask("POST", "_bulk?refresh=true", "\n".join([*lines, ""]), lines=True)
        refused = [item for item in answer["items"] if item["index"]["status"] >= 300]
        assert not refused, refused[:3]


@contextlib.contextmanager
def serving() -> Iterator[Elasticsearch]:
    """Unpack it into a folder that its user may enter, start it, and remove it all."""
    archive = program_of("elasticsearch")
    folder = Path(tempfile.mkdtemp(prefix="hookline-elasticsearch-"))
    try:
        home = _unpacked(archive, folder)
        java = Path(shutil.which("java") or "").resolve().parent.parent
        environ = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "ES_JAVA_HOME": str(java),
            "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
            "HOME": str(folder),
        }
        options = [f"-E{name}={value}" for name, value in _OPTIONS.items()]
        words: list[str | Path] = [home / "bin" / "elasticsearch", *options]
        with Program(words, env=environ, cwd=folder, **_user(folder)) as program:
            port = int(program.wait_for(r"AbstractHttpServerTransport.*publish_address.*:(\d+)\}", 240)[1])
            yield Elasticsearch(port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    (home,) = folder.glob("elasticsearch-*")
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    return home


def _user(folder: Path) -> dict[str, Any]:
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
