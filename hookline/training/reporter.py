"""How training tells what it does: steps that take time, and sentences to read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Reporter", "SilentReporter", "Step", "Watch"]


@dataclass
class Step:
    """Be one step; what it came to is filled in before it ends."""

    title: str
    result: str = ""
    seconds: float = 0.0


class Reporter(Protocol):
    """Hear of each step and of each sentence to read."""

    def step(self, step: Step) -> AbstractContextManager[None]:
        """Enclose a step; when the context ends, it is done."""

    def warn(self, sentence: str) -> None:
        """Tell something that deserves a look but stops nothing."""


class SilentReporter:
    """Tell nothing."""

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:  # noqa: ARG002 - the Protocol's signature
        """Enclose a step."""
        yield

    def warn(self, sentence: str) -> None:
        """Keep the sentence to itself."""


@dataclass
class Watch:
    """Time the steps, keep the sentences, and pass both on."""

    reporter: Reporter
    seconds: dict[str, float] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Enclose a step."""
        step, start = Step(title), time.perf_counter()
        with self.reporter.step(step):
            yield step
            step.seconds = self.seconds[title] = time.perf_counter() - start

    def warn(self, sentence: str) -> None:
        """Keep a sentence, and tell it."""
        self.remarks.append(sentence)
        self.reporter.warn(sentence)
