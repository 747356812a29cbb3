"""How the service runs in Kubernetes."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from hookline.config.sections.section import Section, together
from hookline.config.values import (
    Cidr,
    Cpu,
    DnsName,
    Label,
    Memory,
    Namespace,
    NodePort,
    ObjectLabel,
    ObjectName,
    OptionalCpu,
    OptionalMemory,
    OptionalObjectName,
    Port,
    SecretKey,
)

__all__ = ["Deployment"]


class Deployment(Section):
    """How the service runs in Kubernetes."""

    deployment_name: Label = Field(default="hookline-service", description="name of the Helm release")
    replicas: int = Field(default=1, ge=0, le=10_000, description="number of pods")
    service_type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = Field(
        default="ClusterIP", description="kind of Kubernetes service"
    )
    service_port: Port = Field(default=5000, description="port of the service")
    service_node_port: NodePort = Field(
        default=0, description="port on every node; 0: Kubernetes chooses one"
    )
    workload: Literal["auto", "Deployment", "StatefulSet"] = Field(
        default="auto", description="auto: a StatefulSet if no sink beyond the pod is on, else a Deployment"
    )
    embedded_log_per_pod: bool = Field(
        default=False,
        description="allow several pods without such a sink, each showing only the predictions it answered",
    )
    autoscaling: bool = Field(default=False, description="let the load set the number of pods")
    min_replicas: int = Field(default=2, ge=1, le=10_000, description="fewest pods then")
    max_replicas: int = Field(default=6, ge=1, le=10_000, description="most pods then")
    target_cpu_percent: int = Field(
        default=70, ge=1, le=1000, description="pods are added above this share of `cpu_request`"
    )
    target_in_flight: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="and above so many requests in flight per pod, if the cluster has custom metrics; 0: not",
    )
    cpu_request: Cpu = Field(default="250m", description="CPU set aside for a pod")
    cpu_limit: OptionalCpu = Field(default="1", description="most CPU of a pod; empty: no limit")
    memory_request: Memory = Field(default="512Mi", description="memory set aside for a pod")
    memory_limit: OptionalMemory = Field(default="1Gi", description="most memory of a pod; empty: no limit")
    persistence: bool = Field(
        default=True, description="give each pod of a StatefulSet a volume that outlives it"
    )
    storage_size: Memory = Field(default="4Gi", description="size of that volume")
    storage_class: OptionalObjectName = Field(
        default="", description="its storage class; empty: the cluster's default"
    )
    startup_seconds: int = Field(
        default=120, ge=2, le=86_400, description="most seconds a pod may take to load its model"
    )
    pre_stop_seconds: int = Field(
        default=2, ge=0, le=3600, description="seconds a pod serves on before it is told to stop"
    )
    image_pull_policy: Literal["IfNotPresent", "Always", "Never"] = Field(
        default="IfNotPresent", description="when a node fetches the image"
    )
    image_pull_secrets: tuple[ObjectName, ...] = Field(
        default=(), strict=False, description="Kubernetes secrets that open the registry"
    )
    secret_name: OptionalObjectName = Field(
        default="", description="Kubernetes secret that holds secret settings; made outside of the chart"
    )
    secret_keys: tuple[SecretKey, ...] = Field(
        default=(), strict=False, description="its keys, named after the settings they are for"
    )
    ingress_host: DnsName = Field(default="", description="host name of an Ingress; empty: none")
    ingress_class: OptionalObjectName = Field(
        default="", description="its class; empty: the cluster's default"
    )
    ingress_tls_secret: OptionalObjectName = Field(
        default="", description="Kubernetes secret with its certificate; empty: no TLS"
    )
    network_policy: bool = Field(
        default=True,
        description="let pods be called at the service's port, and call name servers and sinks only",
    )
    caller_namespaces: tuple[Namespace, ...] = Field(
        default=(), strict=False, description="namespaces that may call the service; none: everybody"
    )
    sink_namespaces: tuple[Namespace, ...] = Field(
        default=(), strict=False, description="namespaces that the sinks are in"
    )
    sink_cidrs: tuple[Cidr, ...] = Field(
        default=(),
        strict=False,
        description="addresses of the sinks; without namespaces and addresses: any, at the sinks' ports",
    )
    service_monitor: bool = Field(
        default=False, description="have the Prometheus operator collect the metrics"
    )
    service_monitor_labels: tuple[ObjectLabel, ...] = Field(
        default=(), strict=False, description="labels by which that Prometheus chooses what it collects"
    )

    @model_validator(mode="after")
    def _most_is_not_less_than_fewest(self) -> Self:
        if self.autoscaling and self.max_replicas < self.min_replicas:
            key = "max_replicas" if "max_replicas" in self.model_fields_set else "min_replicas"
            raise together(
                key,
                f"leaves no number of pods: fewest are {self.min_replicas} and most are {self.max_replicas}; "
                "set `deployment.min_replicas` and `deployment.max_replicas` so that fewest is not more than "
                "most",
            )
        return self

    @model_validator(mode="after")
    def _keys_are_in_a_secret(self) -> Self:
        if self.secret_keys and not self.secret_name:
            raise together(
                "secret_keys",
                "names keys of no secret; set `deployment.secret_name` to the one that has them",
            )
        return self

    @model_validator(mode="after")
    def _certificates_are_for_a_host(self) -> Self:
        if self.ingress_tls_secret and not self.ingress_host:
            raise together(
                "ingress_tls_secret",
                "is set without a host; set `deployment.ingress_host` to the one it is for",
            )
        return self

    @model_validator(mode="after")
    def _node_ports_need_nodes(self) -> Self:
        if self.service_node_port and self.service_type == "ClusterIP":
            raise together(
                "service_node_port",
                f"is {self.service_node_port}, which `service_type: ClusterIP` cannot have; "
                "set `deployment.service_type` to NodePort, or the port to 0",
            )
        return self
