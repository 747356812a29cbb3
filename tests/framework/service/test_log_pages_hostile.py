from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from hookline.service.logpages.page import HEADERS
from tests.framework.service.browser import Browser
from tests.framework.service.conftest import Trained
from tests.framework.service.hostile import INJECTIONS, ODD, ODD_IN_FEATURES
from tests.framework.service.log_pages import Inline, logged, needs_chromium, saved
from tests.framework.service.running import Running, serve

TEXTS = INJECTIONS + ODD
SENT = [(text, text) for text in TEXTS] + [(f"row {n}", text) for n, text in enumerate(ODD_IN_FEATURES)]
"""The ID of each row, and the text in its category and its string."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
QUOTED = tuple(f"'{sign}" for sign in DANGEROUS)
FIELDS = ("text", "class_name", "model_version", "id", "prediction_id", "flag")
ROWS = "document.querySelectorAll('.row').length"
OLDER = "[...document.querySelectorAll('.pager a')].find((a) => a.textContent === 'Older')"
OPENED = "document.querySelectorAll('.opened .detail').length"


@pytest.fixture(scope="module")
def hostile(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a service that was told all the hostile strings: as ID, as category, as text."""
    log = tmp_path_factory.mktemp("hostile")
    settings: dict[str, Any] = {"prediction_log__directory": str(log), "ID_NAME": "row_id", "max_rows": 1000}
    with serve(trained("texts"), **settings) as running:
        rows = [{"row_id": name, "size": 1.0, "channel": text, "note": text} for name, text in SENT]
        answer = running.ask("POST", "/api/predictions", rows)
        assert answer.status == 200, answer.body
        logged(running, len(SENT))
        yield running


def test_every_string_is_read_back_as_it_was_sent(hostile: Running) -> None:
    assert len(set(INJECTIONS)) >= 50
    assert len({text for _, text in SENT}) >= 180
    records = sorted(logged(hostile, len(SENT)), key=lambda record: record["row"])
    assert [record["id"] for record in records] == [name for name, _ in SENT]
    assert [record["features"] for record in records] == [
        {"size": 1.0, "channel": text, "note": text} for _, text in SENT
    ]
    assert all("unknown:channel" in record["flags"] for record in records)


@pytest.mark.parametrize("path", ["/logs", "/logs?charts=1", "/logs?flag=unknown", "/quality"])
def test_a_page_forbids_all_inline_script_and_has_none(hostile: Running, path: str) -> None:
    answer = hostile.ask("GET", path)
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert Inline(answer.body.decode()).found == []


def test_what_stands_in_the_address_is_escaped_too(hostile: Running) -> None:
    for number, text in enumerate(INJECTIONS):
        alone = ("since", "x", "part")[number % 3]
        for words in (dict.fromkeys(FIELDS, text), {alone: text}):
            answer = hostile.ask("GET", f"/logs?{urlencode(words)}")
            assert answer.status in (200, 422), answer.body
            assert Inline(answer.body.decode()).found == [], words


def test_a_filter_by_a_hostile_id_finds_its_row_and_no_other(hostile: Running) -> None:
    for text in TEXTS:
        found = hostile.ask("GET", f"/api/logs?id={quote(text)}").json()["records"]
        assert [record["id"] for record in found] == [text]


@needs_chromium
def test_nothing_that_callers_sent_runs_and_all_of_it_can_be_read(
    hostile: Running, one_browser: Browser
) -> None:
    page = one_browser.page()
    page.open(f"{hostile.url}/logs")
    page.wait_for(
        "!document.querySelector('[data-later]') && document.querySelectorAll('.row').length === 50"
    )
    read: dict[str, list[str]] = {}
    while True:
        page.run("document.querySelectorAll('.row').forEach((row) => row.click())")
        page.wait_for(f"{OPENED} === {ROWS}")
        shown = page.run(
            "[...document.querySelectorAll('.opened')].map((one) => ["
            "JSON.parse(one.querySelector('pre').textContent),"
            "...['channel', 'note'].map((name) => [...one.querySelectorAll('.features > div')]"
            ".find((d) => d.textContent.startsWith(name)).querySelector('dd').textContent)])"
        )
        read |= {record["prediction_id"]: [record["id"], *texts] for record, *texts in shown}
        if not page.run(f"{OLDER} !== undefined"):
            break
        page.run(f"{OLDER}.click()")
        page.wait_for("document.querySelectorAll('.opened').length === 0")
    assert len(read) == len(SENT)
    for sent, *texts in read.values():
        assert [json.loads(text) if text.startswith('"') else text for text in texts] == [
            dict(SENT)[sent]
        ] * 2
    assert page.run("window.hit === undefined")
    assert page.errors == []
    assert not [address for address in page.requests if not address.startswith((hostile.url, "about:"))]


@needs_chromium
def test_the_check_for_scripts_sees_one_that_runs(hostile: Running, one_browser: Browser) -> None:
    """Null control: without escaping, and without the policy, these strings do run."""
    page = one_browser.page()
    page.open("about:blank")
    page.run(f"document.body.innerHTML = {json.dumps(INJECTIONS[5])}")
    assert page.wait_for("window.hit === 1")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/api/logs?since=x", "since is not a time"),
        ("/api/logs?clas_name=x", "class_name"),
        ("/api/logs?limit=0", "1 to 1000"),
        ("/api/logs?limit=1001", "1 to 1000"),
        ("/api/logs?before=x", "before"),
        ("/api/logs?format=xml", "format"),
        ("/api/logs?id=%ff", "UTF-8"),
        ("/api/logs?" + "id=1&" * 40, "too long"),
        ("/api/quality?id=1", "model_version"),
    ],
)
def test_a_question_that_is_not_understood_is_a_problem(hostile: Running, path: str, says: str) -> None:
    answer = hostile.ask("GET", path)
    assert answer.status == 422
    assert answer.json()["type"] == "urn:hookline:problem:log-query"
    assert says in answer.json()["detail"]


def test_an_export_has_all_records_and_says_that_it_is_a_file(hostile: Running) -> None:
    for form, kind in (("csv", "text/csv; charset=utf-8"), ("jsonl", "application/x-ndjson")):
        answer = hostile.ask("GET", f"/api/logs?format={form}")
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-disposition"] == f'attachment; filename="predictions.{form}"'
    lines = answer.body.decode().split("\n")[:-1]
    assert sorted(json.loads(line)["id"] for line in lines) == sorted(name for name, _ in SENT)


@needs_chromium
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_the_browser_saves_reads_back_byte_for_byte(
    hostile: Running, one_browser: Browser, tmp_path: Path, form: str
) -> None:
    page = one_browser.page()
    page.open(f"{hostile.url}/logs")
    link = f"[data-export][download$={form}]"
    data = saved(one_browser, page, link, tmp_path / "all" / f"predictions.{form}")
    assert found_in(data, form) == sorted((name, text, text) for name, text in SENT)
    page.open(f"{hostile.url}/logs?{urlencode({'id': INJECTIONS[0]})}")
    page.wait_for(f"{ROWS} === 1")
    alone = saved(one_browser, page, link, tmp_path / "one" / f"predictions.{form}")
    assert found_in(alone, form) == [(INJECTIONS[0],) * 3], "what is filtered is what is saved"


def found_in(data: bytes, form: str) -> list[tuple[str, str, str]]:
    """Read ID, category and text of every row, without the apostrophe before what a spreadsheet would run."""
    if form == "jsonl":
        records = [json.loads(line) for line in data.decode().split("\n")[:-1]]
        return sorted((one["id"], one["features"]["channel"], one["features"]["note"]) for one in records)
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    cells = [[row[name] for name in ("id", "feature.channel", "feature.note")] for row in rows]
    assert not [cell for row in cells for cell in row if cell.startswith(DANGEROUS)]
    return sorted(tuple(c[1:] if c.startswith(QUOTED) else c for c in row) for row in cells)  # type: ignore[misc]


def test_a_part_that_has_not_changed_is_not_sent_again(hostile: Running) -> None:
    first = hostile.ask("GET", "/logs?part=records")
    again = hostile.ask("GET", "/logs?part=records", if_none_match=first.headers["etag"])
    assert again.status == 304
    assert again.body == b""
