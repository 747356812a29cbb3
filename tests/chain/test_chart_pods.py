"""What the chart's pods may do, how they are asked, stopped and replaced."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from hookline.config import load_settings
from hookline.config.table import table
from tests.chain.chart import CHART, VALUE_SETS, load_test_job, render
from tests.chain.restricted import restricted, sound

Pod = dict[str, Any]


def service_pod(folder: Path, **values: Any) -> Pod:
    pod: Pod = render(folder, values).workload()["spec"]["template"]["spec"]
    return pod


@pytest.mark.parametrize("name", VALUE_SETS)
def test_every_pod_fits_the_restricted_profile(tmp_path: Path, name: str) -> None:
    pods = list(render(tmp_path, VALUE_SETS[name]).pods())
    assert len(pods) == 2
    for pod in pods:
        assert list(restricted(pod["spec"])) == []
        assert list(sound(pod["spec"])) == []


def test_the_callers_of_the_load_test_fit_it_too() -> None:
    (job,) = yaml.safe_load_all(load_test_job("hookline/hookline-service:1"))
    assert list(restricted(job["spec"]["template"]["spec"])) == []
    assert list(sound(job["spec"]["template"]["spec"])) == []


def container(pod: Pod) -> Any:
    return pod["containers"][0]


BREAKS: dict[str, Callable[[Pod], Any]] = {
    "no seccomp profile": lambda pod: pod["securityContext"].pop("seccompProfile"),
    "has an SELinux label of its own": lambda pod: pod["securityContext"].update(
        seLinuxOptions={"type": "spc_t"}
    ),
    "is out of AppArmor's reach": lambda pod: container(pod)["securityContext"].update(
        appArmorProfile={"type": "Unconfined"}
    ),
    "is a process of the host": lambda pod: pod["securityContext"].update(
        windowsOptions={"hostProcess": True}
    ),
    "sysctls are set": lambda pod: pod["securityContext"].update(sysctls=[{"name": "a", "value": "1"}]),
    "sees what /proc masks": lambda pod: container(pod)["securityContext"].update(procMount="Unmasked"),
    "has another host asked": lambda pod: container(pod)["readinessProbe"]["httpGet"].update(host="10.1.1.1"),
    "may run as root": lambda pod: pod["securityContext"].pop("runAsNonRoot"),
    "hostIPC is on": lambda pod: pod.update(hostIPC=True),
    "hostPID is on": lambda pod: pod.update(hostPID=True),
    "may gain privileges": lambda pod: container(pod)["securityContext"].pop("allowPrivilegeEscalation"),
    "keeps capabilities": lambda pod: container(pod)["securityContext"].pop("capabilities"),
    "hostNetwork is on": lambda pod: pod.update(hostNetwork=True),
    "volume host is of kind hostPath": lambda pod: pod["volumes"].append({"name": "host", "hostPath": {}}),
    "takes a port of the host": lambda pod: container(pod)["ports"][0].update(hostPort=5000),
    "may write everywhere": lambda pod: container(pod)["securityContext"].pop("readOnlyRootFilesystem"),
    "may write to /app": lambda pod: container(pod)["volumeMounts"].append({"mountPath": "/app"}),
    "gets a token of the cluster": lambda pod: pod.pop("automountServiceAccountToken"),
    "sets no CPU or memory aside": lambda pod: container(pod).pop("resources"),
    "does not run as the user of the image": lambda pod: pod["securityContext"].update(runAsUser=1),
}


def test_a_container_that_goes_back_on_its_pods_seccomp_profile_would_be_found(tmp_path: Path) -> None:
    pod = service_pod(tmp_path)
    container(pod)["securityContext"]["seccompProfile"] = {"type": "Unconfined"}
    assert list(restricted(pod)) == ["no seccomp profile"]


@pytest.mark.parametrize("finding", BREAKS)
def test_a_pod_that_does_not_fit_would_be_found(tmp_path: Path, finding: str) -> None:
    pod = copy.deepcopy(service_pod(tmp_path))
    BREAKS[finding](pod)
    assert finding in [*restricted(pod), *sound(pod)]


# ---- probes, stopping, replacing ----


@pytest.mark.parametrize("name", VALUE_SETS)
def test_each_probe_asks_what_it_is_for(tmp_path: Path, name: str) -> None:
    found = container(render(tmp_path, VALUE_SETS[name]).workload()["spec"]["template"]["spec"])
    paths = {kind: found[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert paths == {
        "startup": "/health/startup",
        "liveness": "/health/live",
        "readiness": "/health/ready",
    }
    startup = found["startupProbe"]
    wanted = VALUE_SETS[name].get("deployment", {}).get("startup_seconds", 120)
    assert 0 <= startup["periodSeconds"] * startup["failureThreshold"] - wanted < startup["periodSeconds"]
    assert all(found[f"{kind}Probe"]["httpGet"]["port"] == "http" for kind in paths)


@pytest.mark.parametrize("name", VALUE_SETS)
def test_a_pod_has_the_time_that_its_service_takes_to_stop(tmp_path: Path, name: str) -> None:
    rendered = render(tmp_path, VALUE_SETS[name])
    pod = rendered.workload()["spec"]["template"]["spec"]
    settings = load_settings(tmp_path, {})  # what render wrote
    pre_stop = (
        container(pod).get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["", "0"])
    )
    assert int(pre_stop[-1]) == settings.deployment.pre_stop_seconds
    log = settings.prediction_log
    needed = (
        settings.deployment.pre_stop_seconds + settings.service.drain_delay + settings.service.drain_seconds
    )
    needed += log.drain_seconds if log.enabled else 0
    assert pod["terminationGracePeriodSeconds"] == math.ceil(needed + 10)


def test_a_new_pod_is_ready_before_an_old_one_goes(tmp_path: Path) -> None:
    for name in ("fluentd and three pods", "deployment with a log of its own", "no log"):
        strategy = render(tmp_path, VALUE_SETS[name]).one("Deployment")["spec"]["strategy"]
        assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}


@pytest.mark.parametrize("name", VALUE_SETS)
def test_no_pod_is_left_without_a_network_policy_unless_told_so(tmp_path: Path, name: str) -> None:
    rendered = render(tmp_path, VALUE_SETS[name])
    policies = [found["spec"] for found in rendered.objects if found["kind"] == "NetworkPolicy"]
    if VALUE_SETS[name].get("deployment", {}).get("network_policy") is False:
        assert policies == []
        return
    for pod in rendered.pods():
        labels = pod["metadata"]["labels"]
        (policy,) = (
            each for each in policies if each["podSelector"]["matchLabels"].items() <= labels.items()
        )
        assert policy["policyTypes"] == ["Ingress", "Egress"]
        assert all(rule.get("ports") for rule in policy["egress"]), "a rule without ports allows every port"


# ---- what the service reads ----


@pytest.mark.parametrize("name", VALUE_SETS)
def test_the_service_reads_what_config_yaml_says(tmp_path: Path, name: str) -> None:
    config = render(tmp_path, VALUE_SETS[name]).one("ConfigMap")["data"]["config.yaml"]
    said = load_settings(tmp_path, {})
    (tmp_path / "config.yaml").write_text(config)
    read = load_settings(tmp_path, {})
    for section in ("service", "access", "tracing", "models", "prediction_log"):
        assert getattr(read, section) == getattr(said, section)


def checksum(folder: Path, **values: Any) -> str:
    metadata = render(folder, values).workload()["spec"]["template"]["metadata"]
    return str(metadata["annotations"]["checksum/config"])


def test_a_changed_setting_makes_new_pods_and_more_of_them_does_not(tmp_path: Path) -> None:
    fluentd = {"enable_fluentd_logging": True}
    before = checksum(tmp_path, prediction_log=fluentd)
    assert checksum(tmp_path, prediction_log=fluentd, deployment={"replicas": 2}) == before
    assert checksum(tmp_path, prediction_log=fluentd, jenkins={"scm_credentials_id": "x"}) == before
    assert checksum(tmp_path, prediction_log=fluentd, service={"max_rows": 7}) != before


def test_each_key_of_a_secret_has_the_variable_of_its_setting() -> None:
    text = (CHART / "templates" / "_pod.tpl").read_text(encoding="utf-8")
    block = text.split('define "hookline.secretVariables" -}}')[1].split("{{- end }}")[0]
    variables: dict[str, str] = yaml.safe_load(block)
    known = {
        setting.key: f"{setting.variable}_FILE" if setting.secret else setting.variable
        for setting in table().values()
    }
    assert variables == {key: known[key] for key in variables}
    secrets = {setting.key for setting in table().values() if setting.secret}
    assert secrets <= set(variables)
    allowed = table()["deployment", "secret_keys"].allowed
    assert all(f"`{key}`" in allowed for key in variables)
    assert allowed.count("`") == 2 * len(variables)


def test_secrets_come_as_files_that_only_the_service_can_read(tmp_path: Path) -> None:
    pod = service_pod(tmp_path, **VALUE_SETS["secrets and a private registry"])
    (volume,) = (each for each in pod["volumes"] if each["name"] == "secrets")
    assert volume["secret"]["secretName"] == "iris-secrets"
    assert volume["secret"]["defaultMode"] == 0o440
    variables = {each["name"]: each["value"] for each in container(pod)["env"]}
    folder = "/run/secrets/hookline"
    assert variables["HOOKLINE_PREDICTION_LOG__MONGO_DB_PASSWORD_FILE"] == f"{folder}/mongo_db_password"
    assert variables["HOOKLINE_ACCESS__KEYS_FILE"] == f"{folder}/keys_file"
    assert {item["path"] for item in volume["secret"]["items"]} == {
        name.rpartition("/")[2] for name in variables.values() if name.startswith("/run/secrets")
    }


def test_pods_are_spread_over_nodes(tmp_path: Path) -> None:
    rendered = render(tmp_path, VALUE_SETS["fluentd and three pods"])
    pod = rendered.workload()["spec"]["template"]
    (term,) = pod["spec"]["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert term["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"
    selector = term["podAffinityTerm"]["labelSelector"]["matchLabels"]
    assert selector == rendered.workload()["spec"]["selector"]["matchLabels"]
