from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hookline.cli.commands import load
from hookline.cli.quick import _OPTIONS, override, read_quick

PLAIN = [
    [],
    ["--port", "8000"],
    ["--port=0", "--host", "::1"],
    ["--workers", "2", "--workers", "3"],
    ["-C", "a folder", "--workers=1"],
    ["--project=elsewhere", "--host=0.0.0.0", "--port", "007"],
]


@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_plain_values_are_read_as_the_command_itself_reads_them(words: list[str]) -> None:
    params = load("serve").make_context("serve", list(words)).params
    values = read_quick(["serve", *words], {})
    assert values is not None
    assert (values.pop("host", None), values.pop("project", ".")) == (params["host"], str(params["project"]))
    assert {name: int(text) for name, text in values.items()} == {
        name: params[name] for name in ("port", "workers") if params[name] is not None
    }


@pytest.mark.parametrize(
    "words",
    [
        *(["serve", flag] for flag in ("--help", "-h", "--plan", "--reload", "--json", "--no-such")),
        *(["serve", *rest] for rest in (["--port"], ["--port", ""], ["--port", "-1"], ["--port", "many"])),
        *(["serve", *rest] for rest in (["--port", "٣"], ["--host", "--port"], ["--host="], ["-Chere"])),
        *(["serve", *rest] for rest in (["here"], ["-C=here"], ["--", "--port", "1"])),
        *([word] for word in ("--help", "train", "models", "server")),
        [],
    ],
    ids=" ".join,
)
def test_everything_else_is_for_the_command_itself(words: list[str]) -> None:
    assert read_quick(words, {}) is None


def test_completion_is_for_the_command_itself() -> None:
    assert read_quick(["serve"], {"_HOOKLINE_COMPLETE": "complete_bash"}) is None


def test_every_option_that_takes_a_value_is_known() -> None:
    options = load("serve").params
    assert set(_OPTIONS) == {name for option in options if not option.is_flag for name in option.opts}


def test_values_go_over_the_environment() -> None:
    environ = {"HOOKLINE_SERVICE__PORT": "1", "HOOKLINE_SERVICE__HOST": "::1"}
    override({"port": "2"}, environ)
    assert environ == {"HOOKLINE_SERVICE__PORT": "2", "HOOKLINE_SERVICE__HOST": "::1"}


@pytest.mark.parametrize("words", [["serve"], ["serve", "--json"]], ids=" ".join)
def test_both_ways_look_for_the_project_where_the_environment_says(words: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hookline.cli", *words],
        env={"HOOKLINE_PROJECT": str(tmp_path)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {tmp_path} is not a hookline project")
