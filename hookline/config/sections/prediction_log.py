"""Where predictions are logged."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from hookline.config.sections.section import Section
from hookline.config.values import DatabaseName, LogTag, LogTarget, MongoAddress, Name, Port, Text, TimeZone

__all__ = ["PredictionLog"]


class PredictionLog(Section):
    """Where predictions are logged, and what happens when they cannot be."""

    enabled: bool = Field(default=True, description="log every prediction")
    directory: Name = Field(default="var", description="folder of the journal and of the embedded database")
    durability: Literal["os", "fsync"] = Field(
        default="os",
        description="what a logged prediction survives; os: the death of any process, fsync: power loss too",
    )
    on_full: Literal["available", "strict"] = Field(
        default="available",
        description="predictions that cannot be logged; available: answer and flag them, strict: 503",
    )
    max_bytes: int = Field(
        default=1024**3, ge=1024**2, description="most bytes of the journal; what is shipped is removed"
    )
    min_free_bytes: int = Field(
        default=64 * 1024**2, ge=0, description="bytes of the disk that the journal leaves free"
    )
    segment_bytes: int = Field(
        default=64 * 1024**2, ge=1024, description="a journal file of this size is finished"
    )
    segment_seconds: float = Field(default=3600, gt=0, description="a journal file of this age is finished")
    drain_seconds: float = Field(
        default=5, ge=0, description="most seconds to go on shipping after SIGTERM; the rest is shipped later"
    )
    hash_key: SecretStr = Field(
        default=SecretStr(""),
        description="key of the hashes of `log: hash` features; empty: one is made in `directory`",
    )
    timezone: TimeZone = Field(default="UTC", description="zone of the times people read; stored is UTC")
    embedded: bool = Field(default=True, description="keep predictions in an SQLite database, for /logs")
    keep_days: float = Field(
        default=0, ge=0, description="days the embedded database keeps predictions; 0: for ever"
    )
    keep_bytes: int = Field(
        default=0, ge=0, description="bytes after which it drops the oldest predictions; 0: no limit"
    )
    enable_fluentd_logging: bool = Field(default=False, description="send every prediction to Fluentd")
    fluentd_url: LogTarget = Field(default="127.0.0.1", description="host or unix socket of Fluentd")
    fluentd_port: Port = Field(default=24224, description="port of Fluentd")
    fluentd_base_log_name: LogTag = Field(default="hookline", description="first part of the Fluentd tag")
    fluentd_log_n_best: int = Field(
        default=3, ge=1, description="how many classes, best first, a record holds"
    )
    fluentd_shared_key: SecretStr = Field(
        default=SecretStr(""), description="shared key of Fluentd, if it asks for one"
    )
    fluentd_tls: bool = Field(default=False, description="talk TLS to Fluentd")
    fluentd_ca_file: Text = Field(
        default="", description="certificates that Fluentd's must be signed by; empty: the system's"
    )
    enable_mongodb_logging: bool = Field(default=False, description="store every prediction in MongoDB")
    mongo_db_url: MongoAddress = Field(
        default="127.0.0.1", description="host or mongodb:// address of MongoDB, without a password"
    )
    mongo_db_port: Port = Field(default=27017, description="port of MongoDB")
    mongo_db_name: DatabaseName = Field(default="hookline", description="database")
    mongodb_logging_collection_name: DatabaseName = Field(default="predictions", description="collection")
    mongo_db_password: SecretStr = Field(
        default=SecretStr(""), description="password of MongoDB, if it asks for one"
    )
