"""Start scripts on the Groovy that Jenkins embeds, and pipelines on our harness (harness.groovy)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.chain.running import program_of
from tests.house import ROOT

__all__ = ["HERE", "PIPELINES", "Result", "Run", "groovy", "run_pipelines"]

HERE = Path(__file__).parent
PIPELINES = ("train-model", "build-image", "deploy", "continuous-integration")
# Groovy 2.4 is older than the walls between Java's modules.
_OPEN = [
    word for name in ("lang", "util", "io") for word in ("--add-opens", f"java.base/java.{name}=ALL-UNNAMED")
]


@dataclass(frozen=True)
class Run:
    """Be one run of a pipeline: its file, where it works, and what a controller would give it."""

    jenkinsfile: str
    workspace: str
    archive: str
    environment: Mapping[str, str]
    credentials: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """Be what came of a run."""

    result: str
    pipeline: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]

    def steps(self, step: str, *, stage: str | None = None) -> list[Mapping[str, Any]]:
        """Return the events of a kind, in order; those of one stage, if it is named."""
        found = [event for event in self.events if event["step"] == step]
        return found if stage is None else [event for event in found if event["stage"] == stage]

    @property
    def stages(self) -> list[str]:
        """Name the stages that were begun."""
        names = [event["stage"] for event in self.steps("sh") if event["stage"] in self.pipeline["stages"]]
        return list(dict.fromkeys(names))

    @property
    def said(self) -> str:
        """Return all that the steps printed."""
        return "".join(event["said"] for event in self.steps("sh"))


def groovy(script: Path, *words: Path | str) -> str:
    """Run a script; return what it prints."""
    command: list[str | Path] = [
        "java",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        *_OPEN,
        "-cp",
        program_of("groovy"),
    ]
    done = subprocess.run(
        [*command, "groovy.ui.GroovyMain", script, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, f"{script.name}: exit {done.returncode}\n{done.stdout}{done.stderr[-4000:]}"
    return done.stdout


def run_pipelines(folder: Path, *runs: Run) -> list[Result]:
    """Run them one after the other in one Java process."""
    told, found = folder / "runs.json", folder / "results.json"
    told.write_text(json.dumps([asdict(run) for run in runs]), encoding="utf-8")
    groovy(HERE / "harness.groovy", told, found)
    return [Result(**result) for result in json.loads(found.read_text(encoding="utf-8"))]
