"""The chart renders for every way of running the service, and is what Kubernetes takes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chain.chart import CHART, KUBERNETES, VALUE_SETS, conform, helm, is_test, load_test_job, render
from tests.chain.running import program_of

RELEASES = ("1.29.0", "1.30.0", "1.31.0", "1.32.0", "1.33.0", "1.34.0")


def test_there_are_enough_ways_to_run_the_service() -> None:
    assert len(VALUE_SETS) >= 12


@pytest.mark.parametrize("name", VALUE_SETS)
def test_helm_lint_finds_nothing(tmp_path: Path, name: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(json.dumps(VALUE_SETS[name]))
    done = helm("lint", "--strict", CHART, "-f", config, "--kube-version", KUBERNETES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout + done.stderr


def test_the_projects_own_config_is_a_values_file() -> None:
    config = CHART.parent / "config.yaml"
    with_file = helm("template", "iris", CHART, "-f", config, "--kube-version", KUBERNETES)
    without = helm("template", "iris", CHART, "--kube-version", KUBERNETES)
    assert with_file.returncode == 0, with_file.stderr
    assert with_file.stdout == without.stdout, "the starter file holds the defaults"


@pytest.mark.parametrize("kubernetes", RELEASES)
def test_every_object_is_what_this_release_of_kubernetes_takes(tmp_path: Path, kubernetes: str) -> None:
    found = [render(tmp_path, values, kubernetes=kubernetes) for values in VALUE_SETS.values()]
    assert [rendered.refusal for rendered in found if rendered.refusal] == []
    done = conform("".join(rendered.text for rendered in found), kubernetes)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Invalid: 0, Errors: 0" in done.stdout
    assert int(re.findall(r"Valid: (\d+)", done.stdout)[0]) > 6 * len(VALUE_SETS)


def test_the_job_of_the_load_test_is_what_kubernetes_takes() -> None:
    done = conform(load_test_job("hookline/hookline-service:1"), KUBERNETES)
    assert "Valid: 1, Invalid: 0, Errors: 0" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("containerPort: 5000", 'containerPort: "x"'),
        ("enableServiceLinks:", "enableServiceLink:"),
        ("  type: ClusterIP\n", 2 * "  type: ClusterIP\n"),
    ],
    ids=["a wrong type", "an unknown field", "a field that stands twice"],
)
def test_kubeconform_would_find_it(tmp_path: Path, right: str, wrong: str) -> None:
    text = render(tmp_path, {}).text
    assert right in text
    assert conform(text.replace(right, wrong), KUBERNETES).returncode == 1


KINDS: list[tuple[str, set[str]]] = [
    ("defaults", {"StatefulSet", "NetworkPolicy"}),
    ("fluentd and three pods", {"Deployment", "NetworkPolicy", "PodDisruptionBudget"}),
    (
        "mongodb, autoscaled",
        {"Deployment", "NetworkPolicy", "PodDisruptionBudget", "HorizontalPodAutoscaler"},
    ),
    ("ingress with TLS", {"StatefulSet", "NetworkPolicy", "Ingress"}),
    ("secrets and a private registry", {"Deployment", "NetworkPolicy", "ServiceMonitor"}),
    ("tracing, no policy, no limits", {"StatefulSet"}),
    ("no log", {"Deployment", "NetworkPolicy", "PodDisruptionBudget"}),
]


@pytest.mark.parametrize(("name", "kinds"), KINDS, ids=[name for name, _ in KINDS])
def test_only_what_is_asked_for_is_rendered(tmp_path: Path, name: str, kinds: set[str]) -> None:
    always = {"ConfigMap", "Service", "ServiceAccount"}
    assert render(tmp_path, VALUE_SETS[name]).kinds() == always | kinds


@pytest.mark.parametrize("name", VALUE_SETS)
def test_what_belongs_together_finds_each_other(tmp_path: Path, name: str) -> None:
    rendered = render(tmp_path, VALUE_SETS[name])
    workload, template = rendered.workload(), rendered.workload()["spec"]["template"]
    selector = workload["spec"]["selector"]["matchLabels"]
    assert set(selector) == {"app.kubernetes.io/name", "app.kubernetes.io/instance"}
    selectors = [rendered.one("Service")["spec"]["selector"]]
    for found in rendered.objects:
        if is_test(found):
            continue
        if found["kind"] in ("NetworkPolicy", "PodDisruptionBudget"):
            selectors.append(found["spec"].get("podSelector", found["spec"].get("selector"))["matchLabels"])
    assert all(each == selector for each in selectors)
    assert selector.items() <= template["metadata"]["labels"].items()
    (test_pod,) = (found for found in rendered.objects if found["kind"] == "Pod")
    assert not selector.items() <= test_pod["metadata"]["labels"].items(), "it would get callers' requests"
    mounts = {mount["name"] for mount in template["spec"]["containers"][0]["volumeMounts"]}
    claims = {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])}
    assert mounts == {volume["name"] for volume in template["spec"]["volumes"]} | claims
    labels = [found["metadata"]["labels"] for found in rendered.objects]
    assert all("app.kubernetes.io/managed-by" in each for each in labels)


# ---- what is refused ----

REFUSED: list[tuple[str, Any, str]] = [
    ("an unknown key", {"deployment": {"replica": 2}}, "additional properties 'replica' not allowed"),
    ("an unknown section", {"deploy": {}}, "additional properties 'deploy' not allowed"),
    (
        "a wrong type",
        {"deployment": {"replicas": "2"}},
        "at '/deployment/replicas': got string, want integer",
    ),
    ("a wrong word", {"deployment": {"service_type": "External"}}, "at '/deployment/service_type'"),
    ("a secret", {"prediction_log": {"mongo_db_password": "hunter2"}}, "'mongo_db_password' not allowed"),
    ("nothing behind a section", {"service": None}, "missing property 'service'"),
    ("a number out of range", {"deployment": {"service_port": 70_000}}, "maximum: got 70,000, want 65,535"),
    ("a node port out of range", {"deployment": {"service_node_port": 80}}, "/deployment/service_node_port"),
    (
        "several pods, each with its own log",
        {"deployment": {"replicas": 3}},
        "deployment.replicas is 3, and predictions are kept in the pods alone, so each pod would show only",
    ),
    (
        "autoscaling, each pod with its own log",
        {"deployment": {"autoscaling": True, "max_replicas": 4}},
        "deployment.autoscaling is true, up to 4 pods, and predictions are kept in the pods alone",
    ),
    (
        "several pods with a log and no sink at all",
        {"deployment": {"replicas": 2}, "prediction_log": {"embedded": False}},
        "set deployment.embedded_log_per_pod to true if that is what you want",
    ),
    (
        "a node port without nodes",
        {"deployment": {"service_node_port": 30_001}},
        "deployment.service_node_port is 30001, which service_type ClusterIP cannot have",
    ),
    (
        "most below fewest",
        {"prediction_log": {"enable_mongodb_logging": True}}
        | {"deployment": {"autoscaling": True, "min_replicas": 3, "max_replicas": 2}},
        "leaves no number of pods: deployment.min_replicas is 3 and deployment.max_replicas is 2; set them",
    ),
    ("keys of no secret", {"deployment": {"secret_keys": ["hash_key"]}}, "names keys of no secret"),
    ("TLS without a host", {"deployment": {"ingress_tls_secret": "x"}}, "is set without a host"),
    (
        "protected metrics nobody can read",
        {"access": {"protect_metrics": True}, "deployment": {"service_monitor": True}},
        "so Prometheus needs a key",
    ),
]


@pytest.mark.parametrize(("name", "values", "words"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_what_cannot_be_meant_is_refused_with_a_sentence(
    tmp_path: Path, name: str, values: Any, words: str
) -> None:
    refusal = render(tmp_path, values).refusal
    assert words in refusal
    assert "hunter2" not in refusal


def test_the_chart_has_the_version_of_the_package() -> None:
    from hookline import __version__

    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


# ---- the chart's own tests, in helm/tests ----


def unit_tests(chart: Path) -> subprocess.CompletedProcess[str]:
    words: list[str | Path] = [program_of("helm-unittest"), "--strict", "--color=false", chart]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)


def test_the_charts_own_tests_pass() -> None:
    done = unit_tests(CHART)
    assert done.returncode == 0, done.stdout + done.stderr
    passed, _ = re.findall(r"^Tests: +(\d+) passed, (\d+) total", done.stdout, re.MULTILINE)[0]
    assert int(passed) >= 30


@pytest.mark.parametrize(
    ("template", "right", "wrong"),
    [
        ("deployment.yaml", '{{- include "hookline.refusals" . -}}', ""),
        ("serviceaccount.yaml", "automountServiceAccountToken: false", "automountServiceAccountToken: true"),
        ("poddisruptionbudget.yaml", "maxUnavailable: 1", "maxUnavailable: 0"),
        ("networkpolicy.yaml", "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]"),
    ],
)
def test_the_charts_own_tests_fail_on_a_broken_chart(
    tmp_path: Path, template: str, right: str, wrong: str
) -> None:
    shutil.copytree(CHART, tmp_path / "helm")
    file = tmp_path / "helm" / "templates" / template
    text = file.read_text()
    assert right in text
    file.write_text(text.replace(right, wrong))
    assert unit_tests(tmp_path / "helm").returncode == 1
