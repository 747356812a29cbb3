"""A proof costs most of a second; here it looks at fewer rows and races for less long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from hookline.models.compile import edges, timing


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Keep scikit-learn from waiting for cores that other tests hold; these data need one."""
    with threadpool_limits(1):
        yield


@pytest.fixture(autouse=True)
def short_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges, "_PAIRS", 24)
    monkeypatch.setattr(edges, "_SAMPLED", 24)
    monkeypatch.setattr(edges, "_SECONDS", 60.0)  # a busy machine must not cut a search short
    monkeypatch.setattr(timing, "_SECONDS", 0.01)
