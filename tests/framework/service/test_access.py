from __future__ import annotations

import hashlib
import hmac
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hookline.config import load_settings
from hookline.errors import ConfigError
from hookline.service.access import Access
from hookline.service.bucket import Bucket, Buckets
from hookline.service.keys import SCOPES, Key, new_key, parse_key, read_keys
from hookline.service.problems import Problem
from tests.framework.service.conftest import Trained
from tests.framework.service.projects import MIXED_ROW
from tests.framework.service.running import Running, serve

PATH = "/api/predictions"
HEX = "0" * 64


def made(name: str, *scopes: str) -> tuple[dict[bytes, bytes], Key]:
    """Make a key, and the headers its owner sends."""
    secret, key = new_key(name, scopes)
    return {b"x-api-key": secret.encode()}, key


# ---- keys as they are written down ----


def test_a_line_recognises_its_secret_and_does_not_hold_it() -> None:
    secret, key = new_key("ci", ["predict", "logs"])
    name, scopes, digest = str(key).split(":")
    assert (name, scopes, digest) == ("ci", "logs+predict", hashlib.sha256(secret.encode()).hexdigest())
    assert parse_key(str(key)) == key
    assert secret not in repr(key)


def test_no_two_secrets_are_alike() -> None:
    assert len({new_key("ci", ["predict"])[0] for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "begins with a name"),
        (f":predict:{HEX}", "begins with a name"),
        (f"a b:predict:{HEX}", "begins with a name"),
        (f"{'a' * 65}:predict:{HEX}", "begins with a name"),
        ("hk_secret-put-here-by-mistake", "begins with a name|unknown scope"),
        (f"ci:{HEX}", "the API key ci has an unknown scope; scopes are predict, logs, feedback, admin"),
        (f"ci:predict+all:{HEX}", "the API key ci has an unknown scope"),
        ("ci:predict", "the API key ci has no sha256"),
        ("ci:predict:" + "0" * 63, "the API key ci has no sha256"),
        (f"ci:predict:{HEX} ", "the API key ci has no sha256"),
        (f"ci:predict:{'A' * 64}", "the API key ci has no sha256"),
    ],
)
def test_a_line_that_is_none_is_refused_with_what_to_do(line: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as raised:
        parse_key(line)
    assert "hookline keys new NAME --scope predict" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_secret_in_the_place_of_its_hash_is_not_repeated() -> None:
    secret, _ = new_key("ci", ["predict"])
    with pytest.raises(ConfigError) as raised:
        parse_key(f"ci:predict:{secret}")
    assert secret not in str(raised.value)


def read(root: Path, **access: Any) -> list[Key]:
    environ = {f"HOOKLINE_ACCESS__{name.upper()}": json.dumps(value) for name, value in access.items()}
    environ = {name: value.strip('"') for name, value in environ.items()}
    return read_keys(load_settings(root, environ), root)


def test_keys_come_from_the_settings_and_from_the_file(tmp_path: Path) -> None:
    lines = [str(new_key(name, ["predict"])[1]) for name in ("one", "two")]
    (tmp_path / "keys").write_text(f"# callers\n\n  {lines[1]}\n", encoding="utf-8")
    assert [key.name for key in read(tmp_path, keys=lines[:1], keys_file="keys")] == ["one", "two"]


@pytest.mark.parametrize(
    ("content", "access", "words"),
    [
        (None, {"keys_file": "keys"}, r"access\.keys_file: .*keys cannot be read \(No such file"),
        (b"\xff", {"keys_file": "keys"}, "is not UTF-8 text"),
        (b"", {"keys_file": "keys", "required": True}, r"access\.required is true and there are no keys"),
        (
            b"",
            {"keys_file": "keys", "protect_metrics": True},
            r"access\.protect_metrics is true and there are no",
        ),
        (f"a:logs:{HEX}\na:logs:{HEX[1:]}1".encode(), {"keys_file": "keys"}, "two API keys are called a"),
    ],
    ids=["no file", "not text", "required", "protected", "twins"],
)
def test_a_list_that_cannot_be_used_is_refused(
    tmp_path: Path, content: bytes | None, access: dict[str, Any], words: str
) -> None:
    if content is not None:
        (tmp_path / "keys").write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        read(tmp_path, **access)


# ---- who may do what ----


def test_without_keys_nobody_is_asked() -> None:
    access = Access()
    assert access.open
    assert access.admit({}, "predict") is None
    assert access.admit({}, "admin") is None


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_may_do_what_it_names_and_nothing_else(scope: Any) -> None:
    headers, key = made("ci", scope)
    access = Access([key])
    assert access.admit(headers, scope) == key
    for other in set(SCOPES) - {scope}:
        if scope == "admin":
            access.admit(headers, other)  # type: ignore[arg-type]  # one of SCOPES
        else:
            with pytest.raises(Problem) as raised:
                access.admit(headers, other)  # type: ignore[arg-type]  # as above
            assert raised.value.rule.status == 403
            assert f"ci lacks the scope {other}" in raised.value.detail


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"x-api-key": b""},
        {b"x-api-key": b"hk_wrong"},
        {b"authorization": b"Bearer hk_wrong"},
        {b"authorization": b"Basic dXNlcjpwYXNz"},
        {b"x-api-key": b"\xff" * 100},
    ],
    ids=["none", "empty", "wrong", "wrong bearer", "basic", "no text"],
)
def test_no_key_or_a_wrong_one_is_unauthorized(headers: dict[bytes, bytes]) -> None:
    access = Access([made("ci", "predict")[1]])
    with pytest.raises(Problem) as raised:
        access.admit(headers, "predict")
    assert raised.value.rule.status == 401
    assert (b"www-authenticate", b'Bearer realm="hookline"') in raised.value.headers


@pytest.mark.parametrize("word", [b"Bearer ", b"bearer ", b"BEARER   "])
def test_a_key_may_come_as_a_bearer_token(word: bytes) -> None:
    headers, key = made("ci", "predict")
    assert Access([key]).admit({b"authorization": word + headers[b"x-api-key"]}, "predict") == key


def test_every_key_is_compared_whichever_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def compare(given: bytes, known: bytes) -> bool:
        compared.append(known)
        return hmac.compare_digest(given, known)

    monkeypatch.setattr("hookline.service.access.compare_digest", compare)
    keys = [made(name, "predict") for name in "abc"]
    access = Access([key for _, key in keys])
    for headers, key in keys:
        compared.clear()
        assert access.admit(headers, "predict") == key
        assert compared == [key.digest for _, key in keys]


# ---- how many rows ----


def test_a_bucket_lets_a_second_of_rows_through_and_fills_up_with_time() -> None:
    bucket = Bucket(10)
    assert bucket.take(10, now=0) == 0
    assert bucket.take(1, now=0) == pytest.approx(0.1)
    assert bucket.take(1, now=0.05) == pytest.approx(0.05)
    assert bucket.take(1, now=0.2) == 0


def test_a_request_larger_than_the_bucket_passes_when_it_is_full_and_is_paid_for_after() -> None:
    bucket = Bucket(10)
    assert bucket.take(30, now=0) == 0
    assert bucket.take(1, now=1) == pytest.approx(1.1)
    assert bucket.take(30, now=2.5) == pytest.approx(0.5)
    assert bucket.take(30, now=3) == 0


def test_time_that_goes_backwards_gives_and_takes_nothing() -> None:
    bucket = Bucket(10)
    assert bucket.take(10, now=5) == 0
    assert bucket.take(1, now=1) == pytest.approx(0.1)


def test_a_long_pause_saves_up_no_more_than_one_second() -> None:
    bucket = Bucket(10)
    assert bucket.take(10, now=0) == 0
    assert bucket.take(10, now=1000) == 0
    assert bucket.take(1, now=1000) > 0


def test_callers_have_buckets_of_their_own_and_workers_share_them(tmp_path: Path) -> None:
    one, other = (Buckets(10, tmp_path, clock=lambda: 7.0) for _ in range(2))
    assert one.take("ci", 6) == 0
    assert other.take("ci", 6) == pytest.approx(0.2)
    assert other.take("somebody else", 6) == 0
    one.close()
    other.close()


@pytest.mark.parametrize("folder", [None, Path("/not/there")], ids=["none", "not there"])
def test_without_a_folder_a_worker_has_buckets_of_its_own(folder: Path | None) -> None:
    buckets = Buckets(10, folder, clock=lambda: 7.0)
    assert buckets.take("ci", 10) == 0
    assert buckets.take("ci", 1) > 0
    buckets.close()


def test_workers_that_take_at_the_same_time_get_no_more_than_there_is(tmp_path: Path) -> None:
    taken: list[int] = []

    def work() -> None:
        buckets = Buckets(1000, tmp_path, clock=lambda: 7.0)
        taken.append(sum(buckets.take("ci", 1) == 0 for _ in range(500)))
        buckets.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 1000


def test_too_many_rows_are_told_how_long_to_wait() -> None:
    access = Access([], Buckets(2, None, clock=lambda: 0.0))
    access.spend(None, 7)
    with pytest.raises(Problem) as raised:
        access.spend(None, 1)
    assert raised.value.rule.status == 429
    assert (b"retry-after", b"3") in raised.value.headers
    assert "wait 3.0 s" in raised.value.detail
    access.close()


def test_without_a_limit_anything_goes() -> None:
    access = Access()
    access.spend(None, 10**9)
    access.close()


# ---- the command ----


def keys(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hookline.cli", "keys", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_key_is_a_line_for_the_file_and_a_secret_for_the_eyes_only(tmp_path: Path) -> None:
    done = keys("new", "ci", "--scope", "logs", "--scope", "predict", cwd=tmp_path)
    key = parse_key(done.stdout.strip())
    secret = re.findall(r"hk_\S+", done.stderr)[0]
    assert (key.name, key.scopes) == ("ci", frozenset({"logs", "predict"}))
    assert key.digest == hashlib.sha256(secret.encode()).digest()
    assert secret not in done.stdout


def test_a_new_key_may_predict_unless_said_otherwise(tmp_path: Path) -> None:
    made = json.loads(keys("new", "ci", "--json", cwd=tmp_path).stdout)
    assert list(made) == ["name", "scopes", "secret", "line"]
    assert made["scopes"] == ["predict"]
    assert parse_key(made["line"]).digest == hashlib.sha256(made["secret"].encode()).digest()


def test_an_unknown_scope_is_named(tmp_path: Path) -> None:
    done = keys("new", "ci", "--scope", "everything", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: the API key ci has an unknown scope; scopes are predict, logs")


def test_a_name_that_is_none_is_called_so(tmp_path: Path) -> None:
    done = keys("new", "a b", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: 'a b' is no name for a key: it has at most 64 letters")
    assert "line" not in done.stderr


def test_the_list_shows_names_and_scopes_and_no_whole_hash(tmp_path: Path) -> None:
    line = str(new_key("ci", ["logs", "predict"])[1])
    (tmp_path / "config.yaml").write_text(f'access:\n  keys: ["{line}"]\n', encoding="utf-8")
    (row,) = json.loads(keys("list", "--json", cwd=tmp_path).stdout)
    assert row == {"name": "ci", "scopes": ["logs", "predict"], "sha256": line.rpartition(":")[2]}
    shown = keys("list", cwd=tmp_path).stdout
    assert "ci" in shown
    assert "logs predict" in shown
    assert row["sha256"] not in shown


def test_an_empty_list_says_what_that_means(tmp_path: Path) -> None:
    assert keys("list", cwd=tmp_path).stdout.startswith("no keys: everybody may call the service")


# ---- the service ----


@pytest.fixture(scope="module")
def secrets() -> dict[str, tuple[str, Key]]:
    return {scope: new_key(f"a-{scope}", [scope]) for scope in SCOPES}


@pytest.fixture(scope="module")
def guarded(trained: Trained, secrets: dict[str, tuple[str, Key]]) -> Iterator[Running]:
    """Run a service with a key for each scope, ten rows a second for each, and /metrics for admins."""
    with serve(
        trained("mixed"),
        workers=2,
        access_log=True,
        access__keys=[str(key) for _, key in secrets.values()],
        access__rows_per_second=10,
        access__protect_metrics=True,
    ) as running:
        yield running


def test_the_service_asks_for_keys(guarded: Running, secrets: dict[str, tuple[str, Key]]) -> None:
    answer = guarded.ask("POST", PATH, [MIXED_ROW])
    assert (answer.status, answer.problem) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == 'Bearer realm="hookline"'
    answer = guarded.ask("POST", PATH, [MIXED_ROW], x_api_key=secrets["logs"][0])
    assert (answer.status, answer.problem) == (403, "forbidden")
    assert "lacks the scope predict" in answer.json()["detail"]
    for scope in ("predict", "admin"):
        assert guarded.ask("POST", PATH, [MIXED_ROW], x_api_key=secrets[scope][0]).status == 200
    assert guarded.ask("POST", PATH, [MIXED_ROW], authorization=f"Bearer {secrets['admin'][0]}").status == 200


@pytest.mark.parametrize(
    "path", ["/ping", "/health", "/health/live", "/health/ready", "/health/startup", "/info"]
)
def test_probes_need_no_key(guarded: Running, path: str) -> None:
    assert guarded.ask("GET", path).status == 200


def test_protected_metrics_need_a_key_that_may_do_everything(
    guarded: Running, secrets: dict[str, tuple[str, Key]]
) -> None:
    assert guarded.ask("GET", "/metrics").status == 401
    assert guarded.ask("GET", "/metrics", x_api_key=secrets["predict"][0]).status == 403
    assert guarded.ask("GET", "/metrics", x_api_key=secrets["admin"][0]).status == 200


def test_metrics_are_open_otherwise(mixed: Running) -> None:
    assert mixed.ask("GET", "/metrics").status == 200


def test_rows_are_counted_over_all_workers_together(
    guarded: Running, secrets: dict[str, tuple[str, Key]]
) -> None:
    secret = secrets["predict"][0]
    answers = [guarded.ask("POST", PATH, [MIXED_ROW] * 10, x_api_key=secret) for _ in range(8)]
    refused = [answer for answer in answers if answer.status == 429]
    assert {answer.status for answer in answers} == {200, 429}
    assert len({answer.headers["x-request-id"].partition("-")[0] for answer in answers}) == 2, (
        "one worker only"
    )
    assert len(refused) >= 5
    assert refused[0].problem == "rate-limit"
    assert int(refused[0].headers["retry-after"]) >= 1


def test_openapi_says_how_to_send_a_key_and_what_happens_without(guarded: Running) -> None:
    document = guarded.ask("GET", "/openapi.json").json()
    assert document["components"]["securitySchemes"]["ApiKey"]["name"] == "X-API-Key"
    operation = document["paths"][PATH]["post"]
    assert {"ApiKey": []} in operation["security"]
    assert {"401", "403", "429"} <= set(operation["responses"])
    assert {"401", "403"} <= set(document["paths"]["/metrics"]["get"]["responses"])
    assert "security" not in document["paths"]["/ping"]["get"]


def test_no_secret_is_in_the_log_or_in_the_metrics(
    guarded: Running, secrets: dict[str, tuple[str, Key]]
) -> None:
    secret, _ = secrets["admin"]
    assert guarded.ask("POST", PATH, [{**MIXED_ROW, "age": secret}], x_api_key=secret).status == 422
    text = guarded.ask("GET", "/metrics", x_api_key=secret).body.decode()
    guarded.wait_for_line('"path": "/metrics"')
    for known, line in ((secret, key.digest.hex()) for secret, key in secrets.values()):
        for told in (text, guarded.log):
            assert known not in told
            assert line not in told


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"access__required": True}, "access.required is true and there are no keys"),
        ({"access__keys": ["ci:predict:abc"]}, "the API key ci has no sha256"),
        ({"access__keys_file": "not-there"}, "not-there cannot be read"),
    ],
    ids=["required", "bad key", "no file"],
)
def test_the_service_does_not_start_without_the_keys_it_needs(
    trained: Trained, settings: dict[str, Any], words: str
) -> None:
    with serve(trained("mixed"), ready=False, **settings) as running:
        assert running.process.wait(20) == 1
        errors = [line for line in running.lines if line.startswith("error: ")]
    assert len(errors) == 1
    assert words in errors[0]
    assert "Traceback" not in running.log
