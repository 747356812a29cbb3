"""What kube-linter would ask of the chart, by checks of our own with the names of its own (linted.py)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chain.chart import VALUE_SETS, load_test_job, render
from tests.chain.linted import CHECKS, linted, pod_of

Objects = list[dict[str, Any]]
# What some values ask for: no limit of the memory, no policy of the network.
ASKED_FOR = {"tracing, no policy, no limits": {"unset-memory-requirements", "non-isolated-pod"}}


def objects(folder: Path, name: str) -> Objects:
    """Render with a tag, as an image that is deployed has one of its own."""
    values = VALUE_SETS[name]
    return render(
        folder, {**values, "images": {**values.get("images", {}), "production_image_tag": "1.10"}}
    ).objects


@pytest.mark.parametrize("name", VALUE_SETS)
def test_nothing_is_found_but_what_the_values_ask_for(tmp_path: Path, name: str) -> None:
    assert {check for check, _ in linted(objects(tmp_path, name))} == ASKED_FOR.get(name, set())


def test_the_job_of_the_load_test_is_found_isolated_by_the_policy_of_the_charts_test(tmp_path: Path) -> None:
    job = list(yaml.safe_load_all(load_test_job("hookline/hookline-service:1.10")))
    assert list(linted([*job, *objects(tmp_path, "defaults")])) == []


# ---- each check finds what it is for ----


def one(found: Objects, *kinds: str) -> Any:
    return next(each for each in found if each["kind"] in kinds)


def pod(found: Objects) -> Any:
    return pod_of(one(found, "Deployment"))


def service(found: Objects) -> Any:
    return pod(found)["containers"][0]


def security(found: Objects) -> Any:
    return service(found)["securityContext"]


def mount(found: Objects, path: str) -> None:
    pod(found)["volumes"].append({"name": "host", "hostPath": {"path": path}})


def double(found: Objects) -> None:
    service(found)["env"].append(dict(service(found)["env"][0]))


def budget(found: Objects) -> Any:
    return one(found, "PodDisruptionBudget")["spec"]


def at_least(found: Objects, replicas: int) -> None:
    budget(found).pop("maxUnavailable")
    budget(found)["minAvailable"] = replicas


def forget(found: Objects, kind: str) -> None:
    found[:] = [each for each in found if each["kind"] != kind]


BREAKS: dict[str, Callable[[Objects], Any]] = {
    "dangling-service": lambda found: one(found, "Service")["spec"]["selector"].update(tier="x"),
    "deprecated-service-account-field": lambda found: pod(found).update(serviceAccount="iris"),
    "docker-sock": lambda found: mount(found, "/var/run/docker.sock"),
    "drop-net-raw-capability": lambda found: security(found)["capabilities"].update(drop=["SYS_ADMIN"]),
    "duplicate-env-var": double,
    "env-var-secret": lambda found: service(found)["env"].append({"name": "A_SECRET", "value": "dummy"}),
    "host-ipc": lambda found: pod(found).update(hostIPC=True),
    "host-network": lambda found: pod(found).update(hostNetwork=True),
    "host-pid": lambda found: pod(found).update(hostPID=True),
    "invalid-target-ports": lambda found: one(found, "Service")["spec"]["ports"][0].update(targetPort="8--8"),
    "job-ttl-seconds-after-finished": lambda found: one(found, "Job")["spec"].pop("ttlSecondsAfterFinished"),
    "latest-tag": lambda found: service(found).update(image="registry.example.com:5000/team/iris"),
    "liveness-port": lambda found: service(found)["livenessProbe"]["httpGet"].update(port="web"),
    "mismatching-selector": lambda found: one(found, "Deployment")["spec"]["selector"].update(
        matchLabels={"tier": "x"}
    ),
    "no-anti-affinity": lambda found: pod(found).pop("affinity"),
    "no-extensions-v1beta": lambda found: one(found, "Deployment").update(apiVersion="extensions/v1beta1"),
    "no-liveness-probe": lambda found: service(found).pop("livenessProbe"),
    "no-read-only-root-fs": lambda found: security(found).pop("readOnlyRootFilesystem"),
    "no-readiness-probe": lambda found: service(found).pop("readinessProbe"),
    "no-rolling-update-strategy": lambda found: one(found, "Deployment")["spec"].update(
        strategy={"type": "Recreate"}
    ),
    "no-startup-probe": lambda found: service(found).pop("startupProbe"),
    "non-existent-service-account": lambda found: forget(found, "ServiceAccount"),
    "non-isolated-pod": lambda found: forget(found, "NetworkPolicy"),
    "pdb-max-unavailable": lambda found: budget(found).update(maxUnavailable=0),
    "pdb-min-available": lambda found: at_least(found, 3),
    "pdb-unhealthy-pod-eviction-policy": lambda found: budget(found).pop("unhealthyPodEvictionPolicy"),
    "privilege-escalation-container": lambda found: security(found).pop("allowPrivilegeEscalation"),
    "privileged-container": lambda found: security(found).update(privileged=True),
    "readiness-port": lambda found: service(found)["readinessProbe"]["httpGet"].update(port=8080),
    "run-as-non-root": lambda found: pod(found)["securityContext"].pop("runAsNonRoot"),
    "sensitive-host-mounts": lambda found: mount(found, "/etc"),
    "ssh-port": lambda found: service(found)["ports"].append({"name": "shell", "containerPort": 22}),
    "startup-port": lambda found: service(found)["startupProbe"]["httpGet"].update(port="web"),
    "unsafe-sysctls": lambda found: pod(found)["securityContext"].update(
        sysctls=[{"name": "net.core.somaxconn", "value": "1"}]
    ),
    "unset-cpu-requirements": lambda found: service(found)["resources"].pop("requests"),
    "unset-memory-requirements": lambda found: service(found)["resources"]["limits"].pop("memory"),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    """Render three pods behind a budget, and the callers of the load test."""
    rendered = objects(tmp_path_factory.mktemp("sound"), "fluentd and three pods")
    return [*yaml.safe_load_all(load_test_job("hookline/hookline-service:1.10")), *rendered]


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_each_check_finds_what_it_is_for(sound: Objects, check: str) -> None:
    found = copy.deepcopy(sound)
    assert list(linted(found)) == []
    BREAKS[check](found)
    assert check in {name for name, _ in linted(found)}
