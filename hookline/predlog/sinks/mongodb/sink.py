"""The sink that stores records in MongoDB, each once: what is there already counts as delivered."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from hookline.predlog.sinks.mongodb.documents import documents
from hookline.predlog.sinks.mongodb.target import Target
from hookline.predlog.sinks.sink import Batch, RecordsRefused, SinkUnavailable

__all__ = ["MongodbSink"]

_DUPLICATE = 11000
# What is wrong with the document itself. Every other fault may pass, so the record is sent again.
_FAULTS = {
    2: "a value is bad",
    9: "it cannot be parsed",
    14: "a value has the wrong type",
    22: "it is no valid BSON",
    52: "the name of a field begins with $",
    55: "a reference is bad",
    56: "a field has an empty name",
    57: "the name of a field has a dot",
    121: "the collection's validation refuses it",
    10334: "it is too large",
    17280: "a key of an index is too long",
    17419: "it is too large",
    17420: "it is too large",
    _DUPLICATE: "an index of the collection's own wants a value to be unique",
}
_INDEXES = [
    IndexModel([("at", DESCENDING)]),
    IndexModel([("model_version", ASCENDING), ("at", DESCENDING)]),
    IndexModel([("class_name", ASCENDING), ("at", DESCENDING)]),
    IndexModel([("id", ASCENDING), ("at", DESCENDING)]),
    IndexModel([("prediction_id", ASCENDING)]),
]


class MongodbSink:
    """Store records as documents."""

    name = "mongodb"

    def __init__(self, target: Target) -> None:
        self._target = target
        self._zone = ZoneInfo(target.timezone)
        self._client: MongoClient[dict[str, Any]] | None = None
        self._indexed = False

    def deliver(self, batch: Batch) -> None:
        """Store a batch; return when the server has made it durable."""
        packed = documents(batch.records, self._zone)
        with self._collection() as collection:
            try:
                collection.insert_many(packed, ordered=False)
            except BulkWriteError as error:
                _judge(error.details)

    def erase(self, name: str) -> int:
        """Delete the records of the ID `name`, and truths about its predictions; return how many."""
        with self._collection() as collection:
            predictions = collection.distinct("prediction_id", {"id": name, "kind": "prediction"})
            # Truths first: if this is cut short, asking again still finds the predictions they belong to.
            count = collection.delete_many(
                {"prediction_id": {"$in": predictions}, "kind": "truth"}
            ).deleted_count
            return count + collection.delete_many({"id": name}).deleted_count

    def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    @contextlib.contextmanager
    def _collection(self) -> Iterator[Collection[dict[str, Any]]]:
        try:
            if self._client is None:
                self._client = self._target.client()
            collection = self._target.open(self._client)
            if not self._indexed:
                _index(collection)
                self._indexed = True
            yield collection
        except (PyMongoError, ValueError) as error:  # the driver's ValueErrors are about the address
            raise SinkUnavailable(f"MongoDB at {self._target}: {_words(error)}") from error


def _index(collection: Collection[dict[str, Any]]) -> None:
    """Make the indexes that are not there yet."""
    # Who may only insert gets no index: questions take longer then, and no record is lost.
    with contextlib.suppress(OperationFailure):
        there = [list(dict(index["key"])) for index in collection.index_information().values()]
        missing = [index for index in _INDEXES if list(index.document["key"]) not in there]
        if missing:
            collection.create_indexes(missing)


def _judge(details: Mapping[str, Any]) -> None:
    """Raise for what was not stored: refused if the document is at fault, else unavailable."""
    bad: dict[int, str] = {}
    for fault in details["writeErrors"]:
        code = fault["code"]
        if code == _DUPLICATE and set(fault.get("keyPattern") or {"_id": 1}) == {"_id"}:
            continue
        if code not in _FAULTS:
            raise SinkUnavailable(f"MongoDB could not store a record (error {code})")
        bad[fault["index"]] = f"MongoDB refuses it (error {code}): {_FAULTS[code]}"
    if details["writeConcernErrors"]:
        raise SinkUnavailable("MongoDB stored records, but not yet on as many servers as it should")
    if bad:
        raise RecordsRefused(next(iter(bad.values())), tuple(bad))


def _words(error: Exception) -> str:
    """Spell the error on one line, without what the driver adds about its whole topology."""
    return str(error).partition(", Timeout:")[0].partition(", full error:")[0]
