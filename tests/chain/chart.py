"""Render the chart as a user would, with values as config.yaml holds them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from tests.chain.running import program_of

__all__ = [
    "CHART",
    "KUBERNETES",
    "RELEASE",
    "VALUE_SETS",
    "Rendered",
    "Values",
    "conform",
    "helm",
    "load_test_job",
    "render",
]

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "helm"
RELEASE = "iris"
KUBERNETES = "1.34.0"
"""A helm that `go install` made takes itself for one of Kubernetes 1.20."""

Values: TypeAlias = Mapping[str, Mapping[str, Any]]

FLUENTD = {"enable_fluentd_logging": True, "fluentd_url": "fluentd.logging.svc"}
MONGODB = {"enable_mongodb_logging": True, "mongo_db_url": "mongodb://user@mongo.example.com:27018/admin"}
VALUE_SETS: dict[str, Values] = {
    "defaults": {},
    "one node port": {"deployment": {"service_type": "NodePort", "service_node_port": 30_500}},
    "any node port": {"deployment": {"service_type": "NodePort"}},
    "load balancer": {"deployment": {"service_type": "LoadBalancer", "service_port": 80}},
    "fluentd and three pods": {"prediction_log": FLUENTD, "deployment": {"replicas": 3}},
    "mongodb, autoscaled": {
        "prediction_log": MONGODB,
        "deployment": {"autoscaling": True, "min_replicas": 2, "max_replicas": 9, "target_in_flight": 32},
    },
    "both sinks, policy narrowed": {
        "prediction_log": {**FLUENTD, **MONGODB},
        "deployment": {
            "replicas": 2,
            "caller_namespaces": ["shop", "ingress-nginx"],
            "sink_namespaces": ["logging"],
            "sink_cidrs": ["10.1.0.0/16", "fd00::/8"],
        },
    },
    "several pods with a log each": {"deployment": {"replicas": 3, "embedded_log_per_pod": True}},
    "no log": {"prediction_log": {"enabled": False}, "deployment": {"replicas": 2}},
    "fluentd on volumes": {
        "prediction_log": FLUENTD,
        "deployment": {"replicas": 2, "workload": "StatefulSet", "storage_class": "fast"},
    },
    "log lost with the pod": {"deployment": {"persistence": False}},
    "deployment with a log of its own": {"deployment": {"workload": "Deployment"}},
    "ingress with TLS": {
        "deployment": {
            "ingress_host": "iris.example.com",
            "ingress_class": "nginx",
            "ingress_tls_secret": "iris-tls",
        }
    },
    "secrets and a private registry": {
        "images": {"registry": "registry.example.com:5000", "production_image_tag": "1.10"},
        "prediction_log": {**MONGODB, **FLUENTD, "fluentd_tls": True},
        "access": {"required": True, "protect_metrics": True, "keys_file": "keys"},
        "deployment": {
            "secret_name": "iris-secrets",
            "secret_keys": ["mongo_db_password", "fluentd_shared_key", "keys_file", "fluentd_ca_file"],
            "image_pull_secrets": ["registry"],
            "service_monitor": True,
        },
    },
    "tracing, no policy, no limits": {
        "tracing": {"enabled": True, "endpoint": "https://otel.example.com/v1/traces"},
        "deployment": {"network_policy": False, "cpu_limit": "", "memory_limit": "", "pre_stop_seconds": 0},
    },
    "slow to start, slow to stop": {
        "service": {"drain_delay": 12.5, "drain_seconds": 60},
        "prediction_log": {"drain_seconds": 0.2},
        "deployment": {"startup_seconds": 901, "pre_stop_seconds": 15},
    },
}


@dataclass(frozen=True)
class Rendered:
    """Hold what helm said: objects, or why there are none."""

    text: str
    refusal: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Return the objects; a refusal is no answer here."""
        assert not self.refusal, self.refusal
        return [found for found in yaml.safe_load_all(self.text) if found]

    def kinds(self) -> set[str]:
        """Name the kinds of objects, without those of `helm test`."""
        return {found["kind"] for found in self.objects if not is_test(found)}

    def one(self, *kinds: str) -> dict[str, Any]:
        """Return the only object of these kinds, not counting those of `helm test`."""
        (found,) = (each for each in self.objects if each["kind"] in kinds and not is_test(each))
        return found

    def workload(self) -> dict[str, Any]:
        """Return the Deployment or the StatefulSet."""
        return self.one("Deployment", "StatefulSet")

    def pods(self) -> Iterator[dict[str, Any]]:
        """Go through the pods' metadata and spec: of the workload, and of `helm test`."""
        for found in self.objects:
            if found["kind"] == "Pod":
                yield found
            elif found["kind"] in ("Deployment", "StatefulSet"):
                yield found["spec"]["template"]


def is_test(found: Mapping[str, Any]) -> bool:
    """Tell whether an object belongs to `helm test`."""
    return str(found["metadata"]["name"]).endswith("-test")


def helm(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Call helm."""
    line = [program_of("helm"), *words]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)


def conform(text: str, kubernetes: str) -> subprocess.CompletedProcess[str]:
    """Hold objects against the schemas of one release of Kubernetes; unknown fields are errors."""
    schemas = program_of("kubernetes-schemas")
    location = f"{schemas}/v{kubernetes}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    words: list[str | Path] = [program_of("kubeconform"), "-strict", "-summary", "-schema-location", location]
    # The Prometheus operator brings its kind along; nobody else has a schema of it.
    words += ["-skip", "ServiceMonitor", "-kubernetes-version", kubernetes]
    return subprocess.run(words, input=text, capture_output=True, text=True, check=False, timeout=60)


def render(folder: Path, values: Values, *words: str, kubernetes: str = KUBERNETES) -> Rendered:
    """Render the chart with values written to a config.yaml in `folder`."""
    config = folder / "config.yaml"
    config.write_text(
        json.dumps(values), encoding="utf-8"
    )  # JSON is YAML, and leaves nothing to a writer's taste
    options: Sequence[str] = ("--kube-version", kubernetes, "--namespace", "models", *words)
    done = helm("template", RELEASE, CHART, "-f", config, *options)
    return Rendered(done.stdout, "" if done.returncode == 0 else done.stderr or "helm said nothing")


def load_test_job(image: str) -> str:
    """Return the job of getting-started/load_test.sh, with names in the places for them."""
    text = (ROOT / "getting-started" / "load.yaml").read_text(encoding="utf-8")
    words = {"load": "iris-load", "release": RELEASE, "image": image, "port": "5000", "callers": "4"}
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text
