"""kube-linter's checks, written anew from its manual: the program itself cannot be had where this is tested.

All that it makes by default, and those of probes, rolling updates and isolated pods. The names are its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

__all__ = ["CHECKS", "linted", "pod_of"]

Object: TypeAlias = Mapping[str, Any]

_LASTING = ("Deployment", "StatefulSet")
_SENSITIVE = {"/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"}
_UNSAFE_SYSCTLS = ("kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue.", "net.")
_PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?")

CONTAINERS: dict[str, Callable[[Object, Object], Any]] = {
    "drop-net-raw-capability": lambda own, _: not {"ALL", "NET_RAW"} & set(_capabilities(own, "drop")),
    "duplicate-env-var": lambda _, container: _twice(each["name"] for each in container.get("env", [])),
    "env-var-secret": lambda _, container: any(
        "secret" in each["name"].lower() and each.get("value") for each in container.get("env", [])
    ),
    "latest-tag": lambda _, container: not re.search(r":(?!latest$)[^/:]+$", container["image"]),
    "no-read-only-root-fs": lambda own, _: own.get("readOnlyRootFilesystem") is not True,
    "privilege-escalation-container": lambda own, _: (
        own.get("allowPrivilegeEscalation") is not False or "SYS_ADMIN" in _capabilities(own, "add")
    ),
    "privileged-container": lambda own, _: own.get("privileged"),
    "run-as-non-root": lambda own, _: own.get("runAsNonRoot") is not True or own.get("runAsUser") == 0,
    "ssh-port": lambda _, container: 22 in _ports(container),
    "unset-cpu-requirements": lambda _, container: not _resource(container, "requests", "cpu"),
    "unset-memory-requirements": lambda _, container: (
        not (_resource(container, "requests", "memory") and _resource(container, "limits", "memory"))
    ),
    "liveness-port": lambda _, container: _probes_nowhere(container, "liveness"),
    "readiness-port": lambda _, container: _probes_nowhere(container, "readiness"),
    "startup-port": lambda _, container: _probes_nowhere(container, "startup"),
}

PODS: dict[str, Callable[[Object], Any]] = {
    "deprecated-service-account-field": lambda spec: "serviceAccount" in spec,
    "docker-sock": lambda spec: any(path.endswith("docker.sock") for path in _host_paths(spec)),
    "host-ipc": lambda spec: spec.get("hostIPC"),
    "host-network": lambda spec: spec.get("hostNetwork"),
    "host-pid": lambda spec: spec.get("hostPID"),
    "sensitive-host-mounts": lambda spec: _SENSITIVE & set(_host_paths(spec)),
    "unsafe-sysctls": lambda spec: any(
        each["name"].startswith(_UNSAFE_SYSCTLS) for each in spec["securityContext"].get("sysctls", [])
    ),
}

# Of what lasts; a pod that asks once and ends is neither probed nor replaced.
LASTING: dict[str, Callable[[Object], Any]] = {
    "mismatching-selector": lambda found: not _selects(found["spec"]["selector"], _labels(found)),
    "no-anti-affinity": lambda found: (
        not any(
            term["topologyKey"] == "kubernetes.io/hostname"
            and _selects(term["labelSelector"], _labels(found))
            for term in _apart(pod_of(found))
        )
    ),
    "no-liveness-probe": lambda found: _lacks(found, "livenessProbe"),
    "no-readiness-probe": lambda found: _lacks(found, "readinessProbe"),
    "no-startup-probe": lambda found: _lacks(found, "startupProbe"),
    "no-rolling-update-strategy": lambda found: (
        found["spec"].get("strategy", found["spec"].get("updateStrategy", {})).get("type") != "RollingUpdate"
    ),
}

OBJECTS: dict[str, Callable[[Object, Sequence[Object]], Any]] = {
    "dangling-service": lambda one, every: (
        one["kind"] == "Service"
        and not any(_selects({"matchLabels": one["spec"]["selector"]}, labels) for labels in _all(every))
    ),
    "invalid-target-ports": lambda one, _: any(
        not (0 < port < 65_536 if isinstance(port, int) else _PORT_NAME.fullmatch(port))
        for port in _named(one)
    ),
    "job-ttl-seconds-after-finished": lambda one, _: (
        one["kind"] == "Job" and "ttlSecondsAfterFinished" not in one["spec"]
    ),
    "no-extensions-v1beta": lambda one, _: one["apiVersion"].startswith("extensions/v1beta"),
    "non-existent-service-account": lambda one, every: (
        (name := pod_of(one).get("serviceAccountName"))
        and ("ServiceAccount", name) not in {(each["kind"], each["metadata"]["name"]) for each in every}
    ),
    "non-isolated-pod": lambda one, every: (
        pod_of(one)
        and not any(
            each["kind"] == "NetworkPolicy" and _selects(each["spec"]["podSelector"], _labels(one))
            for each in every
        )
    ),
    "pdb-max-unavailable": lambda one, _: _budget(one).get("maxUnavailable") in (0, "0%"),
    "pdb-min-available": lambda one, every: (
        _budget(one).get("minAvailable")
        in ("100%", *(each["spec"].get("replicas", 1) for each in _last(every)))
    ),
    "pdb-unhealthy-pod-eviction-policy": lambda one, _: (
        one["kind"] == "PodDisruptionBudget" and "unhealthyPodEvictionPolicy" not in one["spec"]
    ),
}

CHECKS = frozenset([*CONTAINERS, *PODS, *LASTING, *OBJECTS])


def linted(objects: Sequence[Object]) -> Iterator[tuple[str, str]]:
    """Give each finding: the check, and the object that it is about."""
    for one in objects:
        name = f"{one['kind']}/{one['metadata']['name']}"
        yield from ((check, name) for check, finds in OBJECTS.items() if finds(one, objects))
        if one["kind"] in _LASTING:
            yield from ((check, name) for check, finds in LASTING.items() if finds(one))
        if spec := pod_of(one):
            yield from ((check, name) for check, finds in PODS.items() if finds(spec))
            for container in _containers(spec):
                own = {**spec.get("securityContext", {}), **container.get("securityContext", {})}
                yield from ((check, name) for check, finds in CONTAINERS.items() if finds(own, container))


def pod_of(one: Object) -> Any:
    """Return the spec of an object's pods, or of the pod that it is; of all else an empty one."""
    if one["kind"] == "Pod":
        return one["spec"]
    return one.get("spec", {}).get("template", {}).get("spec", {})


def _labels(one: Object) -> Mapping[str, str]:
    metadata = one["metadata"] if one["kind"] == "Pod" else one["spec"]["template"]["metadata"]
    return metadata.get("labels") or {}


def _all(objects: Sequence[Object]) -> list[Mapping[str, str]]:
    return [_labels(each) for each in objects if pod_of(each)]


def _last(objects: Sequence[Object]) -> list[Object]:
    return [each for each in objects if each["kind"] in _LASTING]


def _selects(selector: Object, labels: Mapping[str, str]) -> bool:
    return bool(selector["matchLabels"]) and selector["matchLabels"].items() <= labels.items()


def _containers(spec: Object) -> list[Object]:
    return [*spec.get("initContainers", []), *spec["containers"]]


def _capabilities(own: Object, verb: str) -> Sequence[str]:
    return own.get("capabilities", {}).get(verb) or ()


def _resource(container: Object, kind: str, name: str) -> Any:
    return container.get("resources", {}).get(kind, {}).get(name)


def _ports(container: Object) -> set[Any]:
    found = container.get("ports", [])
    return {port["containerPort"] for port in found} | {port["name"] for port in found if "name" in port}


def _probes_nowhere(container: Object, kind: str) -> bool:
    probe = container.get(f"{kind}Probe", {})
    return any(
        probe[how]["port"] not in _ports(container) for how in ("httpGet", "tcpSocket") if how in probe
    )


def _lacks(found: Object, probe: str) -> bool:
    return any(probe not in container for container in pod_of(found)["containers"])


def _apart(spec: Object) -> Iterator[Object]:
    rules = spec.get("affinity", {}).get("podAntiAffinity", {})
    yield from rules.get("requiredDuringSchedulingIgnoredDuringExecution", [])
    for rule in rules.get("preferredDuringSchedulingIgnoredDuringExecution", []):
        yield rule["podAffinityTerm"]


def _host_paths(spec: Object) -> list[str]:
    return [volume["hostPath"]["path"] for volume in spec.get("volumes", []) if "hostPath" in volume]


def _named(one: Object) -> Iterator[Any]:
    """Go through the ports that an object names: those that a service leads to, and those of containers."""
    if one["kind"] == "Service":
        yield from (port["targetPort"] for port in one["spec"]["ports"] if "targetPort" in port)
    for container in _containers(pod_of(one)) if pod_of(one) else []:
        yield from _ports(container)


def _budget(one: Object) -> Object:
    return one["spec"] if one["kind"] == "PodDisruptionBudget" else {}


def _twice(names: Iterable[str]) -> bool:
    found = list(names)
    return len(set(found)) < len(found)
