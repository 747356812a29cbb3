"""The restricted profile of the Pod Security Standards, and what else a pod of ours must be, as findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["restricted", "sound"]

_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected"}
_VOLUMES |= {"secret"}
_SELINUX = {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
_WRITABLE = {"/var/lib/hookline", "/tmp"}  # noqa: S108 - a place in a container


def restricted(pod: Mapping[str, Any]) -> Iterator[str]:
    """Say what the profile forbids in a pod's spec."""
    context = pod.get("securityContext", {})
    yield from _labels(context)
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field):
            yield f"{field} is on"
    if context.get("sysctls"):
        yield "sysctls are set"
    for volume in pod.get("volumes", []):
        if kinds := set(volume) - {"name"} - _VOLUMES:
            yield f"volume {volume['name']} is of kind {', '.join(kinds)}"
    for container in _containers(pod):
        yield from _container({**context, **container.get("securityContext", {})}, container)
        yield from _labels(container.get("securityContext", {}))


def _labels(context: Mapping[str, Any]) -> Iterator[str]:
    """Say what a context may not choose: another label of SELinux, no AppArmor, the host of Windows."""
    selinux = context.get("seLinuxOptions", {})
    if selinux.get("user") or selinux.get("role") or selinux.get("type", "") not in _SELINUX:
        yield "has an SELinux label of its own"
    if context.get("appArmorProfile", {}).get("type") == "Unconfined":
        yield "is out of AppArmor's reach"
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield "is a process of the host"


def _container(own: Mapping[str, Any], container: Mapping[str, Any]) -> Iterator[str]:
    if own.get("runAsNonRoot") is not True or own.get("runAsUser") == 0:
        yield "may run as root"
    if own.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield "no seccomp profile"
    if own.get("procMount", "Default") != "Default":
        yield "sees what /proc masks"
    if own.get("privileged") or own.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield "keeps capabilities"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield "takes a port of the host"
    handlers = [container.get(f"{kind}Probe", {}) for kind in ("startup", "liveness", "readiness")]
    handlers += container.get("lifecycle", {}).values()
    if any(handler.get(how, {}).get("host") for handler in handlers for how in ("httpGet", "tcpSocket")):
        yield "has another host asked"


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
    return [*pod.get("initContainers", []), *pod["containers"], *pod.get("ephemeralContainers", [])]
