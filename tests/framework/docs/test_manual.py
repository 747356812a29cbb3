from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.framework.docs.manual import Page, blocks, matches
from tests.framework.docs.pages import GROUPS
from tests.house import ROOT

PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "model_bin" / "README.md"]


def test_every_page_is_in_one_group_and_every_group_has_its_tests() -> None:
    grouped = [page for group in GROUPS.values() for page in group]
    assert sorted(grouped) == sorted(page.relative_to(ROOT).as_posix() for page in PAGES)
    tests = Path(__file__).parent.glob("test_pages_*.py")
    assert sorted(path.stem.removeprefix("test_pages_") for path in tests) == sorted(GROUPS)


@pytest.mark.parametrize(
    ("shown", "came", "same"),
    [
        ("one\n", "one\n", True),
        ("one\n...\nfour\n", "one\ntwo\nthree\nfour\n", True),
        ("version …\n", "version 20261121\n", True),
        ("one\n", "two\n", False),
        ("one\n...\nfour\n", "one\ntwo\n", False),
        ("one\n", "one\ntwo\n", False),
    ],
    ids=[
        "equal",
        "lines left out",
        "words left out",
        "another word",
        "an end that never comes",
        "more than shown",
    ],
)
def test_shown_output_must_be_the_output(shown: str, came: str, same: bool) -> None:
    assert matches(shown, came) is same


@pytest.mark.parametrize(
    "text",
    [
        "```console\n$ echo one\ntwo\n```\n",
        "```console\n$ false\n```\n",
        "<!-- exit 3 -->\n```console\n$ exit 2\n```\n",
        "```python\nassert 1 + 1 == 3\n```\n",
        "```python\nprint('one')\n```\n\n```text\ntwo\n```\n",
        "```yaml\n# features.yaml\ntarget: y\n```\n",
        "```yaml\n# config.yaml\nno_such: 1\n```\n",
    ],
    ids=["output", "exit", "other exit", "assertion", "printed", "contract", "config"],
)
def test_a_page_that_shows_something_else_fails(tmp_path: Path, text: str) -> None:
    with pytest.raises(Exception, match=r"but this came|instead of|unknown key|is missing"):
        Page("page.md", tmp_path).run(text)


def test_a_command_may_have_several_lines(tmp_path: Path) -> None:
    Page("page.md", tmp_path).run("```console\n$ for word in one two\n> do echo $word; done\none\ntwo\n```\n")


def test_a_block_marked_as_not_run_is_left_out(tmp_path: Path) -> None:
    Page("page.md", tmp_path).run("<!-- not run: needs a cluster -->\n```console\n$ false\n```\n")


ASKED = """\
Served as it stands, then with another limit.

<!-- serve -->
```console
$ curl -s http://127.0.0.1:5000/ping
{"ping":"pong"}
```

<!-- serve max_rows=1 name=limited -->
```python
from urllib.request import urlopen
print(urlopen("http://127.0.0.1:5000/info").read().decode().split(",")[0])
```

```text
{"name":"limited"
```
"""


def test_a_page_may_ask_a_service_that_runs_for_it_on_any_port(iris: Path) -> None:
    Page("page.md", iris).run(ASKED)
    with pytest.raises(AssertionError, match="but this came"):
        Page("page.md", iris).run(ASKED.replace("pong", "pang"))
    with pytest.raises(AssertionError, match="but this came"):
        Page("page.md", iris).run(ASKED.replace(" name=limited", ""))


def test_without_the_mark_nothing_is_served(tmp_path: Path) -> None:
    silent = "```console\n$ curl -s http://127.0.0.1:5000/ping --max-time 1 --noproxy '*' > /dev/null\n```\n"
    with pytest.raises(AssertionError, match="exit 7 instead of 0"):
        Page("page.md", tmp_path).run(silent.replace("5000", "1"))


def test_every_block_is_found_with_its_line() -> None:
    found = list(blocks("a\n\n```console\n$ true\n```\n\n```text\nb\n```\n"))
    assert [(block.kind, block.line, block.adjacent) for block in found] == [
        ("console", 3, False),
        ("text", 7, True),
    ]


def test_every_script_to_begin_with_is_named_and_what_its_page_links_to_is_there() -> None:
    folder = ROOT / "getting-started"
    text = (folder / "README.md").read_text()
    files = [path for ending in ("sh", "py", "yml", "yaml") for path in folder.rglob(f"*.{ending}")]
    scripts = [path for path in files if "fluentd" not in path.parts and path.name != "compose.yaml"]
    assert [path for path in scripts if str(path.relative_to(folder)) not in text] == []
    linked = re.findall(r"\]\((.+?)\)", text)
    assert linked
    assert [link for link in linked if not (folder / link).is_file()] == []
