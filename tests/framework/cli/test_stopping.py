from __future__ import annotations

import signal

import pytest
import typer

from hookline.cli.stopping import stoppable


def test_a_second_sigterm_does_not_interrupt_what_the_first_one_brought_about() -> None:
    done = []

    @stoppable()
    def command() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            signal.raise_signal(signal.SIGTERM)
            done.append("taken back")
            raise

    with pytest.raises(typer.Exit) as end:
        command()
    assert (end.value.exit_code, done) == (143, ["taken back"])


def test_afterwards_sigterm_is_what_it_was_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stoppable():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
