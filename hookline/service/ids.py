"""Ids of requests whose callers gave none."""

from __future__ import annotations

import functools
import itertools
import os

__all__ = ["new_request_id"]

_requests = itertools.count(1)


def new_request_id() -> str:
    """Return an id for a request: the process's own id, made when first needed, and a number."""
    return f"{_process_id(os.getpid())}-{next(_requests):x}"


@functools.cache
def _process_id(pid: int) -> str:  # noqa: ARG001 - forked workers must not share one
    return os.urandom(6).hex()
