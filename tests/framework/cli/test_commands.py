from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import hookline.cli
from hookline.cli.commands import COMMANDS, load

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


def test_a_misspelt_command_is_answered_with_the_closest() -> None:
    done = run("chek")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'chek'. Did you mean 'check'?" in done.stderr
