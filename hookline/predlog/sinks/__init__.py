"""Where records end up. Each sink is imported when it is switched on."""

from __future__ import annotations

from pathlib import Path

from hookline.config import Settings
from hookline.predlog.places import Places
from hookline.predlog.sinks.sink import Batch, Position, RecordsRefused, Sink, SinkUnavailable

__all__ = ["Batch", "Position", "RecordsRefused", "Sink", "SinkUnavailable", "make_sinks"]


def make_sinks(settings: Settings, root: Path) -> list[Sink]:
    """Make the sinks that are switched on, for the project in `root`; none of them connects yet."""
    log, places = settings.prediction_log, Places.of(settings, root)
    sinks: list[Sink] = []
    if log.embedded:
        from hookline.predlog.sinks.sqlite.sink import SqliteSink  # noqa: PLC0415 - only if it is wanted

        sinks.append(SqliteSink(places.database, keep_days=log.keep_days, keep_bytes=log.keep_bytes))
    if log.enable_fluentd_logging:
        from hookline.predlog.sinks.fluentd.sink import FluentdSink  # noqa: PLC0415 - as above
        from hookline.predlog.sinks.fluentd.target import Target  # noqa: PLC0415

        sinks.append(FluentdSink(Target.of(log), log.fluentd_base_log_name))
    if log.enable_mongodb_logging:
        from hookline.predlog.sinks.mongodb.sink import MongodbSink  # noqa: PLC0415 - as above
        from hookline.predlog.sinks.mongodb.target import Target as MongodbTarget  # noqa: PLC0415

        sinks.append(MongodbSink(MongodbTarget.of(log)))
    return sinks
