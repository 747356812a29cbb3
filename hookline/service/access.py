"""Who may do what, and how many rows a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hmac import compare_digest
from math import ceil

from hookline.service.bucket import Buckets
from hookline.service.keys import Key, Scope, digest_of
from hookline.service.problems import Problem

__all__ = ["Access", "Key", "Scope"]

_CHALLENGE = [(b"www-authenticate", b'Bearer realm="hookline"')]


class Access:
    """Tell callers apart by their keys; without keys everybody may do everything."""

    def __init__(self, keys: Sequence[Key] = (), buckets: Buckets | None = None) -> None:
        self._keys = tuple(keys)
        self._buckets = buckets

    @property
    def open(self) -> bool:
        """Tell whether no keys are set, so that nobody is asked for one."""
        return not self._keys

    def admit(self, headers: Mapping[bytes, bytes], scope: Scope) -> Key | None:
        """Return the caller's key if it allows `scope`; None when no keys are set."""
        if not self._keys:
            return None
        key = self._find(_presented(headers))
        if key is None:
            raise Problem("unauthorized", headers=_CHALLENGE)
        if not key.allows(scope):
            detail = f"The key {key.name} lacks the scope {scope}; ask for one that has it."
            raise Problem("forbidden", detail=detail)
        return key

    def spend(self, key: Key | None, rows: int) -> None:
        """Take `rows` from what the caller may have predicted now, or refuse."""
        if self._buckets is None:
            return
        wait = self._buckets.take("" if key is None else key.name, rows)
        if wait:
            seconds = max(wait, 0.1)  # not "0.0 s", which would be no wait
            detail = (
                f"These are more rows than are let through now; wait {seconds:.1f} s, then send them again."
            )
            raise Problem("rate-limit", detail=detail, headers=[(b"retry-after", b"%d" % ceil(wait))])

    def close(self) -> None:
        """Let go of files."""
        if self._buckets is not None:
            self._buckets.close()

    def _find(self, secret: bytes) -> Key | None:
        # Every key is compared, whichever fits: the time tells nothing.
        digest, found = digest_of(secret), None
        for key in self._keys:
            if compare_digest(digest, key.digest):
                found = key
        return found


def _presented(headers: Mapping[bytes, bytes]) -> bytes:
    bearer = headers.get(b"authorization", b"")
    if bearer[:7].lower() == b"bearer ":
        return bearer[7:].strip()
    return headers.get(b"x-api-key", b"")
