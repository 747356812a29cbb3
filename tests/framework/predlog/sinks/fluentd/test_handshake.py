"""Greetings that are none."""

from __future__ import annotations

from typing import Any

import pytest

from hookline.predlog.sinks.fluentd.handshake import shake_hands


class Scripted:
    """Be a connection that says what it was told to, whatever it hears."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.heard: list[bytes] = []

    def receive(self) -> Any:
        return self._answers.pop(0)

    def send(self, data: bytes) -> None:
        self.heard.append(data)


HELO = ["HELO", {"nonce": b"n", "auth": b"", "keepalive": True}]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([{"ack": "x"}], "otherwise than with HELO"),
        ([["HELO"]], "otherwise than with HELO"),
        ([["HELO", {"auth": b""}]], "otherwise than with HELO"),
        ([["HELO", {"nonce": 7}]], "wrong shape"),
        ([HELO, ["HELO", {}]], "otherwise than with PONG"),
        ([HELO, ["PONG", False, "no such user"]], "refuses us: no such user"),
        ([HELO, ["PONG", True, "", None, ""]], "wrong shape"),
        ([HELO, ["PONG", True, "", "peer", ""]], "does not know the shared key itself"),
    ],
)
def test_who_greets_otherwise_is_not_trusted(answers: list[Any], reason: str) -> None:
    with pytest.raises(ConnectionError, match=reason):
        shake_hands(Scripted(*answers), "key")  # type: ignore[arg-type]


def test_the_key_itself_is_never_sent() -> None:
    connection = Scripted(HELO, ["PONG", True, "", "peer", ""])
    with pytest.raises(ConnectionError):
        shake_hands(connection, "the-shared-key")  # type: ignore[arg-type]
    assert connection.heard
    assert b"the-shared-key" not in b"".join(connection.heard)
