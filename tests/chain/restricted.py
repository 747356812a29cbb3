"""The restricted profile of the Pod Security Standards, and what else a pod of ours must be, as findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["restricted", "sound"]

_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected"}
_VOLUMES |= {"secret"}
_WRITABLE = {"/var/lib/hookline", "/tmp"}  # noqa: S108 - a place in a container


def restricted(pod: Mapping[str, Any]) -> Iterator[str]:
    """Say what the profile forbids in a pod's spec."""
    context = pod.get("securityContext", {})
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field):
            yield f"{field} is on"
    if context.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield "no seccomp profile"
    if context.get("sysctls"):
        yield "sysctls are set"
    for volume in pod.get("volumes", []):
        if kinds := set(volume) - {"name"} - _VOLUMES:
            yield f"volume {volume['name']} is of kind {', '.join(kinds)}"
    for container in _containers(pod):
        yield from _container({**context, **container.get("securityContext", {})}, container)


def _container(own: Mapping[str, Any], container: Mapping[str, Any]) -> Iterator[str]:
    if own.get("runAsNonRoot") is not True or own.get("runAsUser") == 0:
        yield "may run as root"
    if own.get("privileged") or own.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield "keeps capabilities"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield "takes a port of the host"


def sound(pod: Mapping[str, Any]) -> Iterator[str]:
    """Say what else a pod of this chart must not be without."""
    if pod.get("automountServiceAccountToken") is not False:
        yield "gets a token of the cluster"
    for container in _containers(pod):
        own = {**pod.get("securityContext", {}), **container.get("securityContext", {})}
        if own.get("runAsUser") != 10001:
            yield "does not run as the user of the image"
        if own.get("readOnlyRootFilesystem") is not True:
            yield "may write everywhere"
        places = {
            mount["mountPath"] for mount in container.get("volumeMounts", []) if not mount.get("readOnly")
        }
        if places - _WRITABLE:
            yield f"may write to {', '.join(places - _WRITABLE)}"
        requests = container.get("resources", {}).get("requests", {})
        if not {"cpu", "memory"} <= set(requests):
            yield "sets no CPU or memory aside"
        for variable in container.get("env", []):
            if "secretKeyRef" in variable.get("valueFrom", {}):
                yield f"hands the secret of {variable['name']} to every child process"


def _containers(pod: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*pod.get("initContainers", []), *pod["containers"]]
