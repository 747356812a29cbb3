"""A small MongoDB: it speaks as much of the wire protocol as the sink needs, and keeps what it got."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Any, Self

import bson

__all__ = ["Peer"]

_HEADER = struct.Struct("<iiii")  # length, request, response to, operation
_QUERY, _REPLY, _MESSAGE = 2004, 1, 2013
_HELLO = {
    "ismaster": True,
    "isWritablePrimary": True,
    "maxBsonObjectSize": 16 * 1024**2,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
    "minWireVersion": 0,
    "maxWireVersion": 21,
    "ok": 1,
}


class Peer:
    """Listen on a port of its own. `faults` says for an `_id` which error its insert ends with."""

    def __init__(self) -> None:
        self.documents: dict[Any, dict[str, Any]] = {}
        self.duplicates = 0
        self.commands: list[dict[str, Any]] = []
        self.faults: dict[Any, dict[str, Any]] = {}
        self.indexes: list[dict[str, Any]] = []
        self.errors: dict[str, dict[str, Any]] = {}
        """What a command ends with, by its name."""
        self.concern_error: dict[str, Any] | None = None
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def predictions(self) -> list[str]:
        """Return the ids of the predictions, also while others arrive."""
        with self._lock:
            return [name for name, found in self.documents.items() if found["kind"] == "prediction"]

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the commands of a name."""
        return [command for command in self.commands if name in command]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while head := _read(connection, _HEADER.size):
                length, request, _, operation = _HEADER.unpack(head)
                body = _read(connection, length - _HEADER.size)
                if not body:
                    return
                if operation == _QUERY:
                    start = 4 + body.index(b"\0", 4) - 4 + 1 + 8
                    reply = struct.pack("<iqii", 0, 0, 0, 1) + bson.encode(
                        self._run(bson.decode(body[start:]))
                    )
                    answer = _REPLY
                else:
                    said = bson.encode(self._run(_command(body)))
                    reply, answer = struct.pack("<iB", 0, 0) + said, _MESSAGE
                connection.sendall(_HEADER.pack(_HEADER.size + len(reply), 1, request, answer) + reply)

    def _run(self, command: dict[str, Any]) -> dict[str, Any]:  # noqa: PLR0911 - one for each command
        name = next(iter(command))
        if name.lower() in {"ismaster", "hello"}:
            return _HELLO
        with self._lock:
            self.commands.append(command)
            if name in self.errors:
                return {"ok": 0, **self.errors[name]}
            if name == "listIndexes":
                return {
                    "ok": 1,
                    "cursor": {"id": 0, "ns": "hookline.predictions", "firstBatch": self.indexes},
                }
            self.indexes += command.get("indexes", [])
            if name == "insert":
                return self._insert(command)
            if name == "distinct":
                return {
                    "ok": 1,
                    "values": [found["prediction_id"] for found in self._found(command["query"])],
                }
            if name == "delete":
                found = [document for delete in command["deletes"] for document in self._found(delete["q"])]
                for document in found:
                    del self.documents[document["_id"]]
                return {"ok": 1, "n": len(found)}
        return {"ok": 1}

    def _insert(self, command: dict[str, Any]) -> dict[str, Any]:
        errors: list[dict[str, Any]] = []
        for index, document in enumerate(command["documents"]):
            name = document["_id"]
            if name in self.faults:
                errors.append({"index": index, "errmsg": "no", **self.faults[name]})
            elif name in self.documents:
                self.duplicates += 1
                errors.append({"index": index, "code": 11000, "errmsg": "E11000", "keyPattern": {"_id": 1}})
            else:
                self.documents[name] = document
        answer: dict[str, Any] = {"ok": 1, "n": len(command["documents"]) - len(errors)}
        if errors:
            answer["writeErrors"] = errors
        if self.concern_error is not None:
            answer["writeConcernError"] = self.concern_error
        return answer

    def _found(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            document
            for document in self.documents.values()
            if all(_fits(document.get(key), wanted) for key, wanted in query.items())
        ]


def _fits(value: Any, wanted: Any) -> bool:
    return bool(value in wanted["$in"] if isinstance(wanted, dict) else value == wanted)


def _read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            return b""
        data += part
    return data


def _command(body: bytes) -> dict[str, Any]:
    """Put the sections of a message together: one document, and sequences of documents with a name."""
    found: dict[str, Any] = {}
    place = 4
    while place < len(body):
        kind = body[place]
        (size,) = struct.unpack_from("<i", body, place + 1)
        section = body[place + 1 : place + 1 + size]
        if kind == 0:
            found = {**bson.decode(section), **found}
        else:
            name, _, documents = section[4:].partition(b"\0")
            found[name.decode()] = bson.decode_all(documents)
        place += 1 + size
    # The command's own name comes first.
    return dict(sorted(found.items(), key=lambda item: isinstance(item[1], list)))
