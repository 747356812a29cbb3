from __future__ import annotations

import contextlib
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import hookline.cli
from hookline.cli.commands import COMMANDS, load
from hookline.cli.examples import EXAMPLES

OF_ONE_COMMAND = {"hookline.config", "hookline.contract", "hookline.project", "numpy", "pydantic"}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hookline.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_the_command_says_of_itself(name: str) -> None:
    assert load(name).help.startswith(COMMANDS[name].rstrip("."))


def test_every_file_that_holds_a_command_is_in_the_list() -> None:
    files = {
        path.stem: path.read_text(encoding="utf-8") for path in Path(hookline.cli.__path__[0]).glob("*.py")
    }
    commands = {name for name, text in files.items() if f"\ndef {name}(" in text or "\napp = typer" in text}
    assert commands - {"app", "progress", "score_progress"} == set(COMMANDS)


@pytest.mark.parametrize("words", [["--help"], ["--version"]], ids=" ".join)
def test_what_runs_no_command_loads_nothing_that_commands_need(words: list[str]) -> None:
    code = (
        f"import sys; sys.argv[1:] = {words}\n"
        "from hookline.cli import main\n"
        "try: main()\n"
        f"finally: print(sorted({OF_ONE_COMMAND} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_lists_the_commands() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert [name for name in COMMANDS if f"│ {name} " not in done.stdout] == []


def leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    if not inner or command.invoke_without_command:
        yield name, command
    for sub, one in inner.items():
        yield from leaves(f"{name} {sub}", one)


LEAVES = dict(pair for name in COMMANDS for pair in leaves(name, load(name)))


def test_every_command_has_examples_and_no_other_has() -> None:
    assert sorted(EXAMPLES) == sorted(LEAVES)


@pytest.mark.parametrize(("name", "line"), [(name, line) for name in EXAMPLES for line in EXAMPLES[name]])
def test_an_example_can_be_typed_as_it_stands(name: str, line: str) -> None:
    words = shlex.split(re.sub(r"^(\w+=\S+ )|^.* \| |( >> .*)$", "", line))
    assert words[: 1 + name.count(" ") + 1] == ["hookline", *name.split(" ")]
    LEAVES[name].make_context(name, words[name.count(" ") + 2 :])


def test_an_example_with_a_wrong_option_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        LEAVES["check"].make_context("check", ["--no-such"])


def test_help_shows_the_examples() -> None:
    done = run("models", "prune", "--help")
    assert "Examples:" in done.stdout
    assert "hookline models prune --keep 5" in done.stdout


def test_completion_knows_commands_of_groups_and_their_options() -> None:
    def complete(words: str) -> list[str]:
        given = {
            "_HOOKLINE_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
        code = "from hookline.cli import main; main()"
        command = [sys.executable, "-c", f"import sys; sys.argv[0] = 'hookline'; {code}"]
        return subprocess.run(
            command, env=os.environ | given, capture_output=True, text=True, check=False
        ).stdout.split()

    assert complete("hookline mod") == ["models"]
    assert complete("hookline models pro") == ["promote"]
    assert complete("hookline new --from-p") == ["--from-project"]


@pytest.mark.parametrize("words", [["--help"], ["new", "--help"], ["chek"]], ids=" ".join)
def test_no_color_means_none_even_on_a_terminal(words: list[str]) -> None:
    plain = on_a_terminal(*words, NO_COLOR="1")
    assert re.search(r"\x1b\[[0-9;]*(3[0-7]|9[0-7]|4[0-7]|38|48)[0-9;]*m", plain) is None
    assert re.search(r"\x1b\[[0-9;]*3[0-7][0-9;]*m", on_a_terminal(*words))


@pytest.mark.parametrize(
    "words", [["config", "show"], pytest.param(["check"], marks=pytest.mark.slow)], ids=" ".join
)
def test_a_reader_that_goes_away_is_no_error_and_no_traceback(project: Path, words: list[str]) -> None:
    command = shlex.join([sys.executable, "-m", "hookline.cli", *words, "-C", str(project)])
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("141\n", "")


def test_a_full_disk_behind_standard_output_is_one_line(project: Path) -> None:
    command = [sys.executable, "-m", "hookline.cli", "config", "show", "-C", str(project)]
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "error: what is said cannot be written: No space left on device\n"


def on_a_terminal(*words: str, **environment: str) -> str:
    """Run a command on a terminal of its own, and return what it writes there."""
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "hookline.cli", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=inherited | {"TERM": "xterm-256color"} | environment,
    ):
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # Linux says so when nobody writes any more
            while part := os.read(ours, 4096):
                said += part
    os.close(ours)
    return said.decode()


def test_a_misspelt_command_is_answered_with_the_closest() -> None:
    done = run("chek")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'chek'. Did you mean 'check'?" in done.stderr
