"""The databases behind the service, and the networks to them, in a process of their own.

It prints its ports, then obeys a line of JSON at a time: `{"fault": NAME}` fails both networks,
`{"heal": true}` mends them, `{"held": true}` asks how many predictions each database has, and how many
different ones.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Any

from benchmarks.serving.server import LOAD_CORE
from tests.framework.predlog.faults import FAULTS, WRONG_ANSWERS, Fault
from tests.framework.predlog.proxy import Proxy
from tests.framework.predlog.sinks.fluentd.peer import Peer as Fluentd
from tests.framework.predlog.sinks.mongodb.peer import Peer as Mongodb
from tests.house import ROOT

__all__ = ["NAMES", "Network", "network"]

WRONGLY = "answer_wrongly"
NAMES = [*(fault.__name__ for fault in FAULTS), WRONGLY]


class Network:
    """Tell that process what to do."""

    def __init__(self, words: IO[str], answers: IO[str]) -> None:
        self._words = words
        self._answers = answers
        self.ports: dict[str, int] = self._answer()

    def fail(self, name: str) -> None:
        """Begin a fault."""
        self._tell(fault=name)

    def heal(self) -> None:
        """End it."""
        self._tell(heal=True)

    def held(self) -> dict[str, list[int]]:
        """Return for each database how many predictions came, and how many different ones."""
        return dict(self._tell(held=True))

    def _tell(self, **words: Any) -> Any:
        self._words.write(json.dumps(words) + "\n")
        self._words.flush()
        return self._answer()

    def _answer(self) -> Any:
        return json.loads(self._answers.readline())


@contextmanager
def network() -> Iterator[Network]:
    """Run that process while the block runs."""
    command = ["taskset", "-c", LOAD_CORE, sys.executable, "-m", "benchmarks.outage.network"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("it has no pipes")
        with process.stdin as words:
            yield Network(words, process.stdout)


def main() -> None:
    """Serve until the input ends."""
    os.nice(19)  # it shares its core with whoever measures
    with ExitStack() as stack:
        fluentd, mongodb = stack.enter_context(Fluentd()), stack.enter_context(Mongodb())
        ports = {"fluentd": fluentd.port, "mongodb": mongodb.port}
        proxies = {name: stack.enter_context(Proxy(port)) for name, port in ports.items()}
        _say({name: proxy.port for name, proxy in proxies.items()})
        for line in sys.stdin:
            match json.loads(line):
                case {"fault": name}:
                    for sink, proxy in proxies.items():
                        _fault(name, sink)(proxy)
                    _say({})
                case {"heal": _}:
                    for proxy in proxies.values():
                        proxy.heal()
                    _say({})
                case _:
                    _say(_held(fluentd, mongodb))


def _fault(name: str, sink: str) -> Fault:
    if name == WRONGLY:
        return WRONG_ANSWERS[sink]
    return next(fault for fault in FAULTS if fault.__name__ == name)


def _held(fluentd: Fluentd, mongodb: Mongodb) -> dict[str, list[int]]:
    sent = [record["prediction_id"] for record in list(fluentd.records) if record["kind"] == "prediction"]
    kept = len(mongodb.predictions())
    return {"fluentd": [len(sent), len(set(sent))], "mongodb": [kept, kept]}


def _say(found: dict[str, Any]) -> None:
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
