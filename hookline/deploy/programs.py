"""Helm and kubectl: real programs on the PATH; a missing one is a sentence with the line that installs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hookline.errors import DeployError

__all__ = ["INSTALL", "Cluster"]

INSTALL = {
    "helm": "sudo snap install helm --classic",
    "kubectl": "sudo snap install kubectl --classic",
}
"""The line that installs a program."""
# An upgrade takes itself back when it is told to end; these would be left half done.
_SHIELDED = ("rollback", "uninstall")
_GONE = re.compile(r"release: not found", re.IGNORECASE)
_FORWARDED = re.compile(r"127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Be where a release lives: everything is asked of Helm and kubectl."""

    namespace: str
    context: str = ""

    def helm(self, *words: str) -> str:
        """Run Helm; what it refuses is an error with its own words."""
        return _run([_found("helm"), *words, *self._where("--kube-context")])

    def helm_json(self, *words: str) -> Any:
        """Run Helm for JSON; None if there is no such release."""
        try:
            return json.loads(self.helm(*words, "--output", "json"))
        except DeployError as error:
            if _GONE.search(str(error)):
                return None
            raise
        except ValueError as error:
            raise DeployError(f"`helm {' '.join(words)}` gave no JSON; is it Helm 3.13 or newer?") from error

    def undoes(self) -> str:
        """Name the option by which Helm takes a failed upgrade back; its fourth version renamed it."""
        version = _run([_found("helm"), "version", "--template", "{{.Version}}"]).strip()
        return "--atomic" if version.startswith(("v3", "3")) else "--rollback-on-failure"

    @contextmanager
    def forwarding(self, service: str, port: int) -> Iterator[str]:
        """Make a service of the cluster reachable here while the block runs; give its address."""
        words = [
            _found("kubectl"),
            "port-forward",
            f"service/{service}",
            f":{port}",
            *self._where("--context"),
        ]
        with subprocess.Popen(  # noqa: S603 - kubectl
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                said = process.stdout.readline() if process.stdout else ""
                found = _FORWARDED.search(said)
                if found is None:
                    raise DeployError(
                        f"kubectl does not reach service/{service}: {said.strip() or 'it said nothing'}; "
                        "name an address of it with --url"
                    )
                yield f"http://127.0.0.1:{found[1]}"
            finally:
                process.terminate()

    def _where(self, context: str) -> list[str]:
        return ["--namespace", self.namespace, *([context, self.context] if self.context else [])]


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise DeployError(f"{program} is missing; install it with: {INSTALL[program]}")
    return path


def _run(words: Sequence[str]) -> str:
    # A group of its own, which the terminal's Ctrl-C does not reach.
    group = 0 if words[1] in _SHIELDED else None
    pipe = subprocess.PIPE
    with (
        _stops_wait(words[1]) as stops,
        subprocess.Popen(  # noqa: S603 - as said above
            words, stdout=pipe, stderr=pipe, text=True, process_group=group
        ) as process,
    ):
        stops.reach(process)
        out, errors = process.communicate()
    if process.returncode:
        said = " ".join((errors or out).split()).removeprefix("Error: ")
        raise DeployError(f"`helm {words[1]}` failed: {said or f'exit {process.returncode}'}")
    return out


class _Stops:
    """Note Ctrl-C and SIGTERM while Helm runs."""

    def __init__(self, verb: str) -> None:
        self.came: list[int] = []
        self._verb = verb
        self._helm: subprocess.Popen[str] | None = None

    def note(self, number: int, _: object) -> None:
        """Be the handler of a signal."""
        if not self.came:
            os.write(2, f"helm {self._verb} ends what it began; a moment\n".encode())
        self.came.append(number)
        self._tell()

    def reach(self, helm: subprocess.Popen[str]) -> None:
        """Say which program runs."""
        self._helm = helm
        self._tell()

    def _tell(self) -> None:
        # Ctrl-C reaches every program of the terminal; SIGTERM may have been sent to this one alone.
        if self._helm and signal.SIGTERM in self.came and self._verb not in _SHIELDED:
            self._helm.terminate()


@contextmanager
def _stops_wait(verb: str) -> Iterator[_Stops]:
    """Have Ctrl-C and SIGTERM take effect after the block: a killed Helm leaves a release half changed."""
    stops = _Stops(verb)
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        found = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        before = {number: handler for number, handler in found.items() if callable(handler)}
    for number in before:
        signal.signal(number, stops.note)
    try:
        yield stops
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if stops.came:
            signal.raise_signal(stops.came[0])
