"""Run a rendered pod with a container engine: what a kubelet does with its spec, as options of `docker run`.

A field that is not translated here is an error, so that nothing of a spec is passed over in silence.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

__all__ = ["Pod", "docker_options"]

# Of the pod and of its container: what is translated, and what is for a cluster alone.
_POD = {"containers", "volumes", "securityContext", "terminationGracePeriodSeconds"}
_POD_ELSEWHERE = {"serviceAccountName", "automountServiceAccountToken", "enableServiceLinks", "affinity"}
_POD_ELSEWHERE |= {"imagePullSecrets", "restartPolicy"}
_CONTAINER = {
    "name",
    "image",
    "command",
    "args",
    "env",
    "securityContext",
    "resources",
    "volumeMounts",
    "ports",
}
_CONTAINER |= {"startupProbe", "livenessProbe", "readinessProbe", "lifecycle"}
_CONTAINER_ELSEWHERE = {"imagePullPolicy"}
_SECURITY = {"runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "fsGroupChangePolicy", "seccompProfile"}
_SECURITY |= {"allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities"}
_UNITS = {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3}


def docker_options(
    spec: Mapping[str, Any], config: Mapping[str, str], secrets: Mapping[str, str], folder: Path
) -> list[str]:
    """Translate a pod's spec; ConfigMap, Secret and volumes become files and folders in `folder`."""
    (container,) = spec["containers"]
    _known(spec, _POD | _POD_ELSEWHERE)
    _known(container, _CONTAINER | _CONTAINER_ELSEWHERE)
    security = {**spec["securityContext"], **container["securityContext"]}
    options = list(_security(security))
    for variable in container.get("env", []):
        options += ["--env", f"{variable['name']}={variable['value']}"]
    options += _limits(container["resources"].get("limits", {}))
    for port in container.get("ports", []):
        options += ["--publish", f"127.0.0.1::{port['containerPort']}"]
    volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
    for mount in container.get("volumeMounts", []):
        _known(mount, {"name", "mountPath", "subPath", "readOnly"})
        volume = volumes.get(
            mount["name"], {"claim": {}}
        )  # what is no volume of the pod is a claim of its set
        source = _source(mount["name"], volume, {**config}, {**secrets}, folder, security)
        source = source / mount["subPath"] if "subPath" in mount else source
        options += ["--volume", f"{source}:{mount['mountPath']}{':ro' if mount.get('readOnly') else ''}"]
    command = [*container.get("command", []), *container.get("args", [])]
    if container.get("command"):
        options += ["--entrypoint", command.pop(0)]
    return [*options, container["image"], *command]


def _security(security: Mapping[str, Any]) -> Iterator[str]:
    _known(security, _SECURITY)
    yield from ("--user", f"{security['runAsUser']}:{security['runAsGroup']}")
    yield from ("--group-add", str(security["fsGroup"]))
    if security["runAsNonRoot"]:
        assert security["runAsUser"] != 0
    if security["readOnlyRootFilesystem"]:
        yield "--read-only"
    if security["allowPrivilegeEscalation"] is False:
        yield from ("--security-opt", "no-new-privileges")
    _known(security["capabilities"], {"drop"})
    for capability in security["capabilities"]["drop"]:
        yield from ("--cap-drop", capability)
    # The engine's own profile is what RuntimeDefault means; another one would have to be named here.
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}


def _limits(limits: Mapping[str, str]) -> list[str]:
    _known(limits, {"cpu", "memory"})
    options = []
    if "cpu" in limits:
        cpu = str(limits["cpu"])
        options += ["--cpus", str(float(cpu[:-1]) / 1000) if cpu.endswith("m") else cpu]
    if "memory" in limits:
        amount, unit = limits["memory"][:-2], limits["memory"][-2:]
        options += ["--memory", str(int(amount) * _UNITS[unit])]
    return options


def _source(
    name: str,
    volume: Mapping[str, Any],
    config: dict[str, str],
    secrets: dict[str, str],
    folder: Path,
    security: Mapping[str, Any],
) -> Path:
    """Make what is mounted, with the owner and the rights that a kubelet gives it."""
    place, group = folder / name, security["fsGroup"]
    place.mkdir(exist_ok=True)
    if "configMap" in volume:
        for key, text in config.items():
            _file(place / key, text, 0o644, group)
    elif "secret" in volume:
        secret = volume["secret"]
        for item in secret["items"]:
            if secret.get("optional") and item["key"] not in secrets:
                continue
            _file(place / item["path"], secrets[item["key"]], secret["defaultMode"], group)
    elif "emptyDir" in volume or "claim" in volume:
        os.chown(place, 0, group)
        place.chmod(0o2777 if "emptyDir" in volume else 0o2775)
    else:
        raise AssertionError(f"volume {name} is of a kind that is not translated: {volume}")
    return place


def _file(path: Path, text: str, mode: int, group: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.chown(path, 0, group)
    path.chmod(mode)


def _known(found: Mapping[str, Any], names: set[str]) -> None:
    assert set(found) <= names, f"{set(found) - names} is not translated"


class Pod:
    """A pod that runs in a container, asked and stopped as a kubelet would."""

    def __init__(self, client: str, spec: Mapping[str, Any], options: Sequence[str]) -> None:
        self._client = client
        self._spec = spec
        self._container = spec["containers"][0]
        self.id = self._call("run", "--detach", *options).strip()

    def probe(self, kind: str) -> bool:
        """Ask once, as the probe says: path, port and patience."""
        probe = self._container[f"{kind}Probe"]
        port = next(
            port["containerPort"]
            for port in self._container["ports"]
            if port["name"] == probe["httpGet"]["port"]
        )
        try:
            status, _ = self.ask("GET", probe["httpGet"]["path"], port=port, timeout=probe["timeoutSeconds"])
        except (OSError, http.client.HTTPException):
            return False
        return 200 <= status < 400

    def wait_started(self) -> float:
        """Probe until it has started, as often as the probe allows; return the seconds it took."""
        probe, began = self._container["startupProbe"], time.monotonic()
        for _ in range(probe["failureThreshold"]):
            if self.probe("startup"):
                return time.monotonic() - began
            assert self.running, self.logs()
            time.sleep(probe["periodSeconds"])
        raise AssertionError(f"it would have been killed before it had started; it said:\n{self.logs()}")

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, port: int = 5000, timeout: float = 10
    ) -> tuple[int, bytes]:
        """Return status and body of an answer."""
        address = self._call("port", self.id, f"{port}/tcp").split()[0]
        connection = http.client.HTTPConnection(address, timeout=timeout)
        try:
            connection.request(method, path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def run_pre_stop(self) -> float:
        """Do what its lifecycle says before SIGTERM; return the seconds it took."""
        began = time.monotonic()
        self._call("exec", self.id, *self._container["lifecycle"]["preStop"]["exec"]["command"])
        return time.monotonic() - began

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._call("kill", "--signal", "TERM", self.id)

    def wait(self) -> int:
        """Wait for its end; return the exit code."""
        return int(self._call("wait", self.id))

    @property
    def running(self) -> bool:
        """Tell whether it runs."""
        return self._call("inspect", "--format", "{{.State.Running}}", self.id).strip() == "true"

    def inside(self, *words: str) -> str:
        """Run a command in it."""
        return self._call("exec", self.id, *words)

    def logs(self) -> str:
        """Return what it said."""
        done = subprocess.run([self._client, "logs", self.id], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._call("rm", "--force", "--volumes", self.id)

    def _call(self, *words: str) -> str:
        done = subprocess.run([self._client, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout
