"""What the tutorial shows: words, then one command."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PROJECT", "STEPS", "Step"]

PROJECT = "flowers"
ROW = '[{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}]'
WRONG = '[{"sepal_length": 5.1, "sepal_width": "wide", "petal_lenght": 1.4, "petal_width": 0.2}]'


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one step: what is said before, the command, what it reads, and the exit code that is right."""

    title: str
    words: str
    command: tuple[str, ...] = ()
    given: str = ""
    code: int = 0
    shows: str = ""
    """A file to show instead of running a command."""
    asks: str = ""
    """A body to send to the service instead: it is started for the first such step, and runs to the end."""


STEPS = (
    Step(
        "Make a project",
        "A project is four hooks, two YAML files and what hookline brings along. This one begins with an\n"
        "example: iris flowers, told apart by four lengths.",
        ("new", PROJECT, "--example", "iris"),
    ),
    Step(
        "Read the contract",
        "features.yaml says what a request holds. Requests, documentation, training data and the log all\n"
        "go by it.",
        shows="source/model/features.yaml",
    ),
    Step(
        "Read the hooks",
        "train.py says how raw columns become a fitted model. This is all there is to write, beside the\n"
        "loader of the data.",
        shows="source/model/train.py",
    ),
    Step(
        "Check the hooks",
        "Each hook is tried on a few rows, on one row alone, and on rows at the edges of the contract.",
        ("check",),
    ),
    Step(
        "Train",
        "The model is measured on rows it has not seen, beside guessing; turned into a graph, which is\n"
        "proved equal; and published as a version.",
        ("train",),
    ),
    Step("Ask for a prediction", "Without any service, for one row.", ("predict", "-"), given=ROW),
    Step(
        "Ask wrongly",
        "A row that breaks the contract is refused, in words that help. (The command exits with 1.)",
        ("predict", "-"),
        given=WRONG,
        code=1,
    ),
    Step(
        "Serve",
        "The same answer from a real service, over HTTP. With `make run` it would be at port 5000, with\n"
        "its documentation at /docs.",
        asks=ROW,
    ),
    Step(
        "Read the log",
        "Whatever was answered is logged, through kill -9. The page /logs shows the same.",
        ("logs", "query", "--limit", "1"),
    ),
)
