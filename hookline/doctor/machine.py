"""Look at the machine: programs, port, disk, limits."""

from __future__ import annotations

import re
import shutil
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hookline.config import Settings
from hookline.doctor.finding import Finding, Verdict
from hookline.doctor.program import ask
from hookline.service.runner.limits import Limits

__all__ = ["LOOKS", "Machine"]

_MIB, _GIB = 1024**2, 1024**3
_LEAST_DISK = 2 * _GIB
"""An environment for training, a model or two, and a journal."""
_LEAST_MEMORY = 512 * _MIB
"""Training imports pandas, scikit-learn and onnxruntime, which take half of this before any data."""


@dataclass(frozen=True)
class Machine:
    """Hold what the looks need to know."""

    environ: Mapping[str, str]
    folder: Path
    settings: Settings
    limits: Limits


def _found(what: str, verdict: Verdict, seen: str, next_: str = "") -> Finding:
    return Finding("machine", what, verdict, seen, next_)


def python(machine: Machine) -> Finding:
    """Look at the Python that runs, and at the one that `make` would take."""
    running = ".".join(map(str, sys.version_info[:3]))
    chosen = machine.environ.get("PYTHON", "python3")
    code = "import sys, ensurepip, venv; print('.'.join(map(str, sys.version_info[:2])))"
    answer = ask(machine.environ, chosen, "-c", code)
    install = "install Python 3.11 or newer, or set PYTHON=/path/to/python3.11 for make"
    if answer is None:
        return _found(
            "python", "problem", f"{running} runs; make would take {chosen}, which is not there", install
        )
    if "ensurepip" in answer.said:
        lacks = f"{chosen} has no module ensurepip, so make cannot make .venv"
        return _found(
            "python", "problem", lacks, "install it (Debian and Ubuntu: apt-get install python3-venv)"
        )
    if not answer.ok:
        return _found("python", "problem", f"{chosen} does not work: {answer.last}", install)
    version = answer.last
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < (3, 11):
        return _found("python", "problem", f"make would take {chosen}, which is {version}", install)
    return _found("python", "fine", f"{running} runs; make would take {version}")


def make(machine: Machine) -> Finding:
    """Look for make: every task goes by it."""
    if ask(machine.environ, "make", "--version") is None:
        next_ = "install make (Debian and Ubuntu: apt-get install make)"
        return _found("make", "problem", "not there", next_)
    return _found("make", "fine", "there")


def git(machine: Machine) -> Finding:
    """Look for git: `hookline update` merges with it."""
    answer = ask(machine.environ, "git", "--version")
    if answer is None:
        return _found("git", "note", "not there; `hookline update` needs it", "install git")
    return _found("git", "fine", answer.last.removeprefix("git version "))


def docker(machine: Machine) -> Finding:
    """Look for Docker, and whether its daemon lets this user in."""
    answer = ask(machine.environ, "docker", "info", "--format", "{{.ServerVersion}}")
    if answer is None:
        return _found(
            "docker", "note", "not there; images cannot be built here", "install Docker, or build elsewhere"
        )
    if answer.ok and re.fullmatch(r"\d[\w.+~-]*", answer.last):
        return _found("docker", "fine", answer.last)
    if "permission denied" in answer.said:
        next_ = 'sudo usermod -aG docker "$USER", then log in anew'
        return _found("docker", "note", "its daemon does not let you in", next_)
    return _found("docker", "note", f"no daemon answers: {answer.last}", "sudo systemctl start docker")


def kubectl(machine: Machine) -> Finding:
    """Look for kubectl, and whether a cluster answers."""
    answer = ask(machine.environ, "kubectl", "get", "--raw", "/readyz", "--request-timeout=3s")
    if answer is None:
        return _found("kubectl", "note", "not there; nothing can be deployed from here", "install kubectl")
    if answer.ok:
        return _found("kubectl", "fine", "a cluster answers")
    next_ = "kubectl config get-contexts, then kubectl config use-context NAME"
    return _found("kubectl", "note", f"no cluster answers: {answer.last}", next_)


def helm(machine: Machine) -> Finding:
    """Look for Helm, version 3 or newer."""
    answer = ask(machine.environ, "helm", "version", "--short")
    if answer is None:
        return _found("helm", "note", "not there; nothing can be deployed from here", "install Helm 3")
    major = re.search(r"v(\d+)\.", answer.said)
    if not answer.ok or major is None:
        return _found("helm", "note", f"does not tell its version: {answer.last}", "helm version")
    if int(major[1]) < 3:
        return _found("helm", "note", f"{answer.last} is too old for the chart", "install Helm 3")
    return _found("helm", "fine", answer.last)


def port(machine: Machine) -> Finding:
    """Look whether the service could listen."""
    service = machine.settings.service
    host, number = service.host.strip("[]"), service.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, number))
            probe.listen()
    except OSError as error:
        next_ = f"make run PORT={number + 1 if number < 65_535 else 0}, unless it is this service that runs"
        return _found("port", "note", f"{host}:{number} cannot be had: {error.strerror or error}", next_)
    return _found("port", "fine", f"{number} is free")


def disk(machine: Machine) -> Finding:
    """Look at the free space where the project is."""
    free = shutil.disk_usage(machine.folder).free
    log = machine.settings.prediction_log
    seen = f"{_size(free)} free"
    if free < log.min_free_bytes:
        seen += f", less than prediction_log.min_free_bytes ({_size(log.min_free_bytes)}): nothing is logged"
        return _found("disk", "problem", seen, "make room, such as with `hookline models prune`")
    if free < _LEAST_DISK:
        return _found(
            "disk", "note", f"{seen}; an environment and a few models take {_size(_LEAST_DISK)}", "make room"
        )
    if free < log.max_bytes:
        next_ = "make room, or set prediction_log.max_bytes lower"
        return _found(
            "disk", "note", f"{seen}, less than the journal may take ({_size(log.max_bytes)})", next_
        )
    return _found("disk", "fine", seen)


def limits(machine: Machine) -> Finding:
    """Look at what a cgroup leaves of the machine."""
    found = machine.limits
    seen = f"{found.cpus:g} CPUs ({found.cpu_source}), {_size(found.memory)} ({found.memory_source})"
    if found.memory < _LEAST_MEMORY:
        return _found(
            "limits", "problem", f"{seen}; training takes more", f"allow {_size(_LEAST_MEMORY)} at least"
        )
    if found.cpus < 1:
        return _found(
            "limits", "note", f"{seen}; less than one CPU makes answers wait", "allow one CPU at least"
        )
    return _found("limits", "fine", seen)


def _size(number: int) -> str:
    return f"{number / _GIB:.1f} GiB" if number >= _GIB else f"{number / _MIB:.0f} MiB"


LOOKS: tuple[Callable[[Machine], Finding], ...] = (
    python,
    make,
    git,
    docker,
    kubectl,
    helm,
    port,
    disk,
    limits,
)
