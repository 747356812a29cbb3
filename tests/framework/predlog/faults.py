"""What networks do to a sink: each fault is switched on at a proxy, and `Proxy.heal` ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.framework.predlog.proxy import Proxy

__all__ = [
    "FAULTS",
    "WRONG_ANSWERS",
    "Fault",
    "black_hole",
    "drop_answers",
    "half_open",
    "late",
    "refuse",
    "reset",
]

Fault = Callable[[Proxy], None]


def refuse(proxy: Proxy) -> None:
    proxy.refuse()


def black_hole(proxy: Proxy) -> None:
    proxy.black_hole = True
    proxy.cut()


def half_open(proxy: Proxy) -> None:
    proxy.silent = True


def late(proxy: Proxy) -> None:
    proxy.latency = 5.0


def reset(proxy: Proxy) -> None:
    proxy.reset_after = 20_000


def drop_answers(proxy: Proxy) -> None:
    proxy.deaf = True


def _acknowledge_another_chunk(proxy: Proxy) -> None:
    proxy.rewrite = lambda data: data.replace(b"\xa3ack\xb8", b"\xa3ack\xb8XX")[: len(data)]


def _answer_another_request(proxy: Proxy) -> None:
    # The third number of a message's head is that of the request it answers.
    proxy.rewrite = lambda data: data[:8] + b"\x7f\x7f\x7f\x7f" + data[12:]


FAULTS: tuple[Fault, ...] = (refuse, black_hole, late, reset, half_open, drop_answers)
"""Those that mean the same to every sink."""
WRONG_ANSWERS: Mapping[str, Fault] = {
    "fluentd": _acknowledge_another_chunk,
    "mongodb": _answer_another_request,
}
"""An acknowledgement of something else, in the words of each sink's protocol."""
