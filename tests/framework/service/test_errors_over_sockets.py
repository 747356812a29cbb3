from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from hookline.service.problems import PROBLEMS
from tests.framework.service.projects import MIXED_ROW
from tests.framework.service.running import Running
from tests.framework.service.wire import request_bytes

PATH = "/api/predictions"
SECRETS = (str(MIXED_ROW["email"]), str(MIXED_ROW["salary"]))


@dataclass(frozen=True)
class Case:
    """One condition of the table of answers: what is sent, and what must come back."""

    name: str
    body: Any
    kind: str
    words: str = ""
    pointer: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        """Return the body as it is sent."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def row(**fields: Any) -> dict[str, Any]:
    return MIXED_ROW | fields


def bare(field: str, literal: str) -> bytes:
    """Write the row with a field whose value stands there as given, right or wrong."""
    return json.dumps([row(**{field: "@"})]).replace('"@"', literal).encode()


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in MIXED_ROW.items() if key != name}


MALFORMED = [
    Case("not JSON", b"amount=12.5", "malformed", "not JSON"),
    Case("empty", b"", "malformed", "EOF"),
    Case("only blanks", b" \n", "malformed", "EOF"),
    Case("truncated", json.dumps([MIXED_ROW]).encode()[:-5], "malformed", "EOF"),
    Case("trailing text", json.dumps([MIXED_ROW]).encode() + b" and more", "malformed", "trailing"),
    Case("two bodies", json.dumps([MIXED_ROW]).encode() * 2, "malformed", "trailing"),
    Case("a trailing comma", b"[{},]", "malformed", "trailing comma"),
    Case("a byte order mark", b"\xef\xbb\xbf" + json.dumps([MIXED_ROW]).encode(), "malformed"),
    Case("not UTF-8", bare("email", '"ad\xe4"').decode().encode("latin-1"), "malformed"),
    Case("UTF-16", json.dumps([MIXED_ROW]).encode("utf-16"), "malformed"),
    Case("halves of a character in UTF-8", b'[{"email": "\xed\xa0\x80"}]', "malformed"),
    Case("nesting too deep", b"[" * 60_000, "malformed", "recursion"),
    Case("nesting too deep in a field", bare("amount", "[" * 500 + "]" * 500), "malformed", "recursion"),
    Case("a whole number of 5,000 digits", bare("age", "9" * 5000), "malformed", "number"),
    Case("a fraction of 5,000 digits", bare("amount", "0." + "1" * 5000), "malformed", "4300 digits"),
    Case("single quotes", b"[{'amount': 1}]", "malformed"),
    Case("a comment", b"[/* none */]", "malformed"),
    Case("a leading zero", bare("age", "041"), "malformed"),
    Case("a control character in a text", bare("email", '"a\nb"'), "malformed", "control character"),
    Case("a null byte", b"\x00", "malformed"),
]

INVALID = [
    Case("a number as text", [row(amount="12.5")], "invalid", "Expected a number, got text", "/0/amount"),
    Case("true for a number", [row(amount=True)], "invalid", "Expected a number", "/0/amount"),
    Case("a fraction for a whole number", [row(age=41.5)], "invalid", "got a fraction", "/0/age"),
    Case("a number for true or false", [row(member=1)], "invalid", "Expected true or false", "/0/member"),
    Case("a number for text", [row(code=12)], "invalid", "Expected text, got a number", "/0/code"),
    Case("a list for a number", [row(amount=[1])], "invalid", "got a list", "/0/amount"),
    Case("an object for text", [row(code={})], "invalid", "got an object", "/0/code"),
    Case("a missing field", [without("amount")], "invalid", "required", "/0/amount"),
    Case("an unknown field", [row(colour="red")], "invalid", "leave it out", "/0/colour"),
    Case("a misspelt field", [row(amuont=1)], "invalid", "did you mean amount?", "/0/amuont"),
    Case("null where it is not allowed", [row(amount=None)], "invalid", "null is not allowed", "/0/amount"),
    Case("too large", [row(amount=1000.5)], "invalid", "at most 1000", "/0/amount"),
    Case("too small", [row(age=-1)], "invalid", "at least 0", "/0/age"),
    Case("at an open bound", [row(age=150)], "invalid", "at most 149", "/0/age"),
    Case(
        "a whole number beyond all columns", bare("points", str(2**63)), "invalid", "less than", "/0/points"
    ),
    Case("a nullable one beyond a double", bare("visits", str(2**53 + 1)), "invalid", "at most", "/0/visits"),
    Case("an unknown category", [row(plan="prp")], "invalid", "Did you mean pro?", "/0/plan"),
    Case("no pattern", [row(code="ab12")], "invalid", "Must match the pattern", "/0/code"),
    Case("too long a text", [row(email="x" * 41)], "invalid", "at most 40 characters", "/0/email"),
    Case("no time", [row(seen="yesterday")], "invalid", "ISO 8601", "/0/seen"),
    Case("a time that never was", [row(seen="2026-02-30T00:00:00Z")], "invalid", "ISO 8601", "/0/seen"),
    Case("NaN", bare("amount", "NaN"), "invalid", "finite", "/0/amount"),
    Case("Infinity", bare("amount", "-Infinity"), "invalid", "finite", "/0/amount"),
    Case("1e400", bare("amount", "1e400"), "invalid", "finite", "/0/amount"),
    Case("a number of 400 digits", bare("amount", "9" * 400), "invalid", "finite", "/0/amount"),
    Case("half a character", bare("email", r'"\ud800"'), "invalid", "surrogate", "/0/email"),
    Case("half a character in a name", rb'[{"\udc00": 1}]', "invalid", "surrogate", "/0/?"),
    Case("a line break in the ID", [row(row_id="a\nb")], "invalid", "control characters", "/0/row_id"),
    Case("a delete character in the ID", [row(row_id="a\x7f")], "invalid", "control characters", "/0/row_id"),
    Case("an empty ID", [row(row_id="")], "invalid", "1 to 256 characters", "/0/row_id"),
    Case("an ID of 300 characters", [row(row_id="x" * 300)], "invalid", "1 to 256", "/0/row_id"),
    Case("a number too large for an ID", [row(row_id=2**53 + 1)], "invalid", "at most", "/0/row_id"),
    Case("true for an ID", [row(row_id=True)], "invalid", "or a whole number", "/0/row_id"),
    Case("more rows than max_rows", [MIXED_ROW] * 101, "invalid", "at most 100", ""),
    Case("no rows", [], "invalid", "empty", ""),
    Case("a row alone", MIXED_ROW, "invalid", "must be a JSON list", ""),
    Case("a number alone", 5, "invalid", "must be a JSON list", ""),
    Case("null alone", b"null", "invalid", "must be a JSON list", ""),
    Case("a row that is none", [MIXED_ROW, 5], "invalid", "must be a JSON object", "/1"),
    Case("the second row", [MIXED_ROW, row(age="41")], "invalid", "Row 1, field age", "/1/age"),
    Case("a value as long as the body", [row(plan="x" * 60_000)], "invalid", "Allowed are", "/0/plan"),
    Case("a name as long as the body", [row(**{"x" * 60_000: 1})], "invalid", "Unknown field"),
]

UNREAD = [
    Case("a body too large by its header", b"x" * 65_537, "too-large", "65536 bytes"),
    Case("a form", [MIXED_ROW], "media-type", headers={"content-type": "application/x-www-form-urlencoded"}),
    Case("text", [MIXED_ROW], "media-type", headers={"content-type": "text/plain"}),
    Case("an empty content type", [MIXED_ROW], "media-type", headers={"content-type": ""}),
    Case("a multipart body", [MIXED_ROW], "media-type", headers={"content-type": "multipart/form-data"}),
    Case("a packed body", [MIXED_ROW], "media-type", "Encoding", headers={"content-encoding": "gzip"}),
    Case("two encodings", [MIXED_ROW], "media-type", headers={"content-encoding": "identity, br"}),
    Case("headers too large", [MIXED_ROW], "headers-too-large", headers={"x-many": "x" * 5000}),
]

CASES = [*MALFORMED, *INVALID, *UNREAD]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_condition_has_its_answer(mixed: Running, case: Case) -> None:
    with mixed.wire() as wire:
        answer = wire.ask("POST", PATH, case.data, case.headers)
        assert (answer.status, answer.problem) == (PROBLEMS[case.kind].status, case.kind)
        content = answer.json()
        assert case.words in content["detail"]
        if case.pointer is not None:
            assert content["errors"][0]["pointer"] == case.pointer
        assert len(answer.body) < 6000
        assert not any(secret in answer.body.decode() for secret in SECRETS)
        if case.kind in ("malformed", "invalid", "media-type"):
            assert wire.ask("POST", PATH, json.dumps([MIXED_ROW]).encode()).status == 200


def test_every_kind_of_problem_has_a_case_here_or_beside_the_limits_it_is_about() -> None:
    elsewhere = {"too-slow", "not-logged", "rate-limit"}
    gates = {"unauthorized", "forbidden", "overloaded", "not-ready"}
    models = {"internal", "unanswerable"}
    below = {"not-found", "method-not-allowed"}
    log = {"log-query", "no-log", "log-unreadable"}
    assert {case.kind for case in CASES} | elsewhere | gates | models | below | log == set(PROBLEMS)


def test_the_nearest_category_is_named(mixed: Running) -> None:
    (fault,) = mixed.ask("POST", PATH, [row(plan="Pr0")]).json()["errors"]
    assert fault["detail"] == "Allowed are basic, pro, max. Did you mean pro?"


@pytest.mark.parametrize("literal", ["41", "41.0", "4.1e1", "410e-1", "-0.0"])
def test_a_whole_number_may_be_written_in_all_ways_of_json(mixed: Running, literal: str) -> None:
    assert mixed.ask("POST", PATH, bare("age", literal)).status == 200


def test_at_most_twenty_errors_are_named(mixed: Running) -> None:
    answer = mixed.ask("POST", PATH, [{}] * 50)
    assert len(answer.json()["errors"]) == 20
    assert "`errors` has 19 more" in answer.json()["detail"]


def test_all_that_is_wrong_with_a_row_is_said_at_once(mixed: Running) -> None:
    broken = {**without("code"), "amount": "x", "age": 200, "plam": "pro"}
    errors = mixed.ask("POST", PATH, [broken]).json()["errors"]
    assert [one["pointer"] for one in errors] == ["/0/amount", "/0/age", "/0/code", "/0/plam"]


def test_of_a_field_that_is_there_twice_the_last_counts(mixed: Running) -> None:
    body = json.dumps([MIXED_ROW]).replace('"amount": 12.5', '"amount": "x", "amount": 12.5').encode()
    assert mixed.ask("POST", PATH, body).status == 200


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/geo+json"],
)
def test_what_calls_itself_json_is_read(mixed: Running, kind: str) -> None:
    assert mixed.ask("POST", PATH, [MIXED_ROW], content_type=kind).status == 200


def test_an_identity_encoding_is_none(mixed: Running) -> None:
    assert mixed.ask("POST", PATH, [MIXED_ROW], content_encoding="identity").status == 200


def test_a_body_without_a_content_type_is_refused(mixed: Running) -> None:
    with mixed.wire() as wire:
        wire.send(f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n[]".encode())
        assert wire.answer().problem == "media-type"


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_chunked_body_is_read_like_any_other(mixed: Running, size: int) -> None:
    with mixed.wire() as wire:
        wire.send(chunked(json.dumps([MIXED_ROW]).encode(), size))
        assert wire.answer().status == 200


def test_a_chunked_body_is_counted_and_refused_before_its_end(mixed: Running) -> None:
    with mixed.wire() as wire:
        wire.send(chunked(b" " * 70_000, 10_000)[:-5])  # its end is never sent
        answer = wire.answer()
        assert (answer.status, answer.problem) == (413, "too-large")
        assert answer.headers["connection"] == "close"


def test_a_body_as_large_as_allowed_is_read(mixed: Running) -> None:
    data = json.dumps([MIXED_ROW]).encode()
    assert mixed.ask("POST", PATH, data + b" " * (65_536 - len(data))).status == 200
    assert mixed.ask("POST", PATH, data + b" " * (65_537 - len(data))).problem == "too-large"


def test_a_caller_who_says_that_much_is_coming_is_stopped_before_sending_it(mixed: Running) -> None:
    with mixed.wire() as wire:
        head = {"content-length": str(10**9), "content-type": "application/json", "expect": "100-continue"}
        wire.send(request_bytes("POST", PATH, None, head))
        assert wire.answer().problem == "too-large"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", PATH, "POST, OPTIONS"),
        ("HEAD", PATH, "POST, OPTIONS"),
        ("DELETE", PATH, "POST, OPTIONS"),
        ("POST", "/health/live", "GET, HEAD, OPTIONS"),
        ("PUT", "/info", "GET, HEAD, OPTIONS"),
        ("POST", "/docs", "GET"),
        ("TRACE", PATH, "POST, OPTIONS"),
    ],
)
def test_a_wrong_method_is_told_which_are_right(mixed: Running, method: str, path: str, allow: str) -> None:
    answer = mixed.ask(method, path)
    assert (answer.status, answer.headers["allow"]) == (405, allow)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    ["/", "/api", "/api/predictions/", "/api//predictions", "/etc/passwd", "/docs/assets/../../x", "/%00"],
)
def test_an_unknown_path_is_not_found(mixed: Running, path: str) -> None:
    answer = mixed.ask("GET", path)
    assert (answer.status, answer.problem) == (404, "not-found")


def test_options_names_the_methods(mixed: Running) -> None:
    answer = mixed.ask("OPTIONS", PATH)
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "POST, OPTIONS", b"")


@pytest.mark.parametrize(
    "path", ["/ping", "/info", "/health", "/health/ready", "/docs", "/openapi.json", "/metrics"]
)
def test_head_is_get_without_the_body(mixed: Running, path: str) -> None:
    with mixed.wire() as wire:
        head, full = wire.ask("HEAD", path), wire.ask("GET", path)
        assert (head.status, full.status) == (200, 200)
        assert head.headers["content-type"] == full.headers["content-type"]


def test_every_answer_names_its_request_and_the_problem_does_too(mixed: Running) -> None:
    for method, path in [("GET", "/ping"), ("GET", "/nowhere"), ("PUT", "/docs"), ("GET", PATH)]:
        answer = mixed.ask(method, path, x_request_id="my-request.1")
        assert answer.headers["x-request-id"] == "my-request.1"
        own = mixed.ask(method, path)
        if answer.status != 200:
            assert answer.json()["instance"] == "urn:request:my-request.1"
            assert own.json()["instance"] == f"urn:request:{own.headers['x-request-id']}"


@pytest.mark.parametrize("given", ["a b", "x" * 129, "<script>", "a\tb"])
def test_an_odd_request_id_is_replaced(mixed: Running, given: str) -> None:
    assert mixed.ask("GET", "/ping", x_request_id=given).headers["x-request-id"] != given


def test_every_answer_names_the_model(mixed: Running) -> None:
    about = mixed.ask("GET", "/info").json()
    for answer in (mixed.ask("POST", PATH, [MIXED_ROW]), mixed.ask("POST", PATH, b"[")):
        assert answer.headers["x-model-id"] == about["model_id"]
        assert answer.headers["x-model-version"] == about["model_version"]


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        (b"no http\r\n\r\n", False),
        (b"GET /ping HTTP/1.1\r\nhost: a\r\nx-request-id: mine.1\r\nx: " + b"x" * 5000, True),
        (request_bytes("GET", "/ping", None, {"x-request-id": "mine.1", "x": "x" * 5000}), True),
        (request_bytes("GET", "/ping", None, {"x-request-id": "a b", "x": "x" * 5000}), False),
    ],
    ids=["no http", "headers without end", "headers too large", "an odd id"],
)
def test_a_refusal_below_the_app_names_request_and_model(mixed: Running, sent: bytes, named: bool) -> None:
    about = mixed.ask("GET", "/info", x_request_id="mine.0").json()
    with mixed.wire() as wire:
        assert wire.ask("GET", "/ping", None, {"x-request-id": "mine.0"}).status == 200
        wire.send(sent)
        answer = wire.answer()
    assert answer.status in (400, 431)
    assert answer.headers["x-model-id"] == about["model_id"]
    assert answer.headers["x-model-version"] == about["model_version"]
    given = answer.headers["x-request-id"]
    assert answer.json()["instance"] == f"urn:request:{given}"
    assert (given == "mine.1") == named
    assert given != "mine.0"


def test_nothing_of_protected_values_is_logged(mixed: Running) -> None:
    mixed.ask("POST", PATH, [row(plan="prp")])
    assert not any(secret in mixed.log for secret in SECRETS)


def chunked(data: bytes, size: int) -> bytes:
    """Write a chunked request."""
    head = request_bytes(
        "POST", PATH, None, {"content-type": "application/json", "transfer-encoding": "chunked"}
    )
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return head + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
