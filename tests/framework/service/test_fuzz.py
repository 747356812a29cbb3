from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.framework.service.projects import MIXED_ROW
from tests.framework.service.running import Running
from tests.framework.service.wire import Wire

PATH = "/api/predictions"
SMALL = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["1e999", "NaN"]),
)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)


trees = st.recursive(scalars, _nested, max_leaves=20)
rows = st.builds(
    lambda changes, gone: {key: value for key, value in {**MIXED_ROW, **changes}.items() if key not in gone},
    st.dictionaries(st.sampled_from([*MIXED_ROW, "row_id", "other"]), trees, max_size=3),
    st.sets(st.sampled_from(list(MIXED_ROW)), max_size=2),
)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """Write rows as JSON, then change some bytes."""
    body = json.dumps(draw(st.lists(rows, max_size=4)), ensure_ascii=draw(st.booleans())).encode(
        errors="surrogatepass"
    )
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.binary(max_size=4)) + body[at + draw(st.integers(0, 4)) :]
    return body


def hold(running: Running, body: bytes) -> None:
    """Send a body: the answer is rows or a problem of the caller, and the connection serves on."""
    with Wire(running.port) as wire:
        answer = wire.ask("POST", PATH, body)
        assert answer.status in (200, 400, 422), (answer.status, body, answer.body)
        if answer.status != 200:
            assert answer.problem in ("malformed", "invalid", "unanswerable")
            assert len(answer.body) < 20_000
        assert wire.ask("POST", PATH, json.dumps([MIXED_ROW]).encode()).status == 200


@given(body=st.binary(max_size=200))
@SMALL
def test_random_bytes_are_never_an_error_of_ours(mixed: Running, body: bytes) -> None:
    hold(mixed, body)


@given(body=trees.map(lambda tree: json.dumps(tree).encode()))
@SMALL
def test_any_json_is_never_an_error_of_ours(mixed: Running, body: bytes) -> None:
    hold(mixed, body)


@given(body=spoilt())
@SMALL
def test_spoilt_rows_are_never_an_error_of_ours(mixed: Running, body: bytes) -> None:
    hold(mixed, body)


def test_nothing_was_logged_as_an_error(mixed: Running) -> None:
    bodies: list[Any] = [b"", b"[", [{}], [MIXED_ROW]]
    for body in bodies:
        mixed.ask("POST", PATH, body)
    assert '"level": "error"' not in mixed.log
