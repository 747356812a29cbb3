"""Where MongoDB listens, and what it is asked for beyond its defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from pymongo import MongoClient, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import ConfigurationError

from hookline.config.sections import PredictionLog

__all__ = ["Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """Name a collection of a server, or of several by their `mongodb://` address."""

    address: str
    port: int = 27017
    database: str = "hookline"
    collection: str = "predictions"
    password: str = field(default="", repr=False)
    timezone: str = "UTC"
    connect_seconds: float = 5.0
    answer_seconds: float = 30.0
    """Most seconds for an answer; well above what a slow network needs."""

    @classmethod
    def of(cls, log: PredictionLog) -> Self:
        """Read the settings."""
        return cls(
            log.mongo_db_url,
            log.mongo_db_port,
            log.mongo_db_name,
            log.mongodb_logging_collection_name,
            log.mongo_db_password.get_secret_value(),
            log.timezone,
        )

    def __str__(self) -> str:
        """Name it for messages."""
        return self.address if "://" in self.address else f"{self.address}:{self.port}"

    def client(self) -> MongoClient[dict[str, Any]]:
        """Return a client, not connected yet; raise PyMongoError if the address asks for what cannot be."""
        options: dict[str, Any] = {
            "appname": "hookline",
            "connectTimeoutMS": round(self.connect_seconds * 1000),
            "serverSelectionTimeoutMS": round(self.connect_seconds * 1000),
            "socketTimeoutMS": round(self.answer_seconds * 1000),
        }
        # What the address says itself goes first.
        given = self.address.partition("?")[2].lower()
        options = {name: value for name, value in options.items() if f"{name.lower()}=" not in given}
        if self.password:
            options["password"] = self.password
        client = MongoClient[dict[str, Any]](self.address, self.port, tz_aware=True, connect=False, **options)
        if self.password and client.options.pool_options._credentials is None:  # noqa: SLF001 - said nowhere else
            client.close()
            raise ConfigurationError(
                "prediction_log.mongo_db_url names no user for the password; write mongodb://user@host/"
            )
        return client

    def open(self, client: MongoClient[dict[str, Any]]) -> Collection[dict[str, Any]]:
        """Return the collection. What it acknowledges survives a power loss, unless told otherwise."""
        concern = client.write_concern
        if concern.is_server_default:
            concern = WriteConcern(w="majority", j=True)
        return client[self.database].get_collection(self.collection, write_concern=concern)
