"""Every setting, once: its name, its default, its one line of help. The manual is generated from here."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from hookline.config.values import (
    Cidr,
    Cpu,
    DatabaseName,
    DnsName,
    Host,
    HttpAddress,
    IdName,
    ImageName,
    ImageTag,
    Label,
    ListenPort,
    LogTag,
    LogTarget,
    Memory,
    MongoAddress,
    Name,
    Namespace,
    NodePort,
    ObjectLabel,
    ObjectName,
    OptionalCpu,
    OptionalMemory,
    OptionalObjectName,
    Origin,
    Port,
    Registry,
    Repository,
    SchedulerAddress,
    SecretKey,
    Text,
    TimeZone,
    TypeName,
)

__all__ = [
    "Access",
    "Deployment",
    "Images",
    "Jenkins",
    "Models",
    "PredictionLog",
    "Section",
    "Service",
    "Tracing",
    "Training",
]


class Section(BaseModel):
    """Be a group of settings: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Service(Section):
    """What the service is called, and how its callers name a row."""

    name: Name = Field(default="hookline-service", description="shown in /info and /docs")
    ID_NAME: IdName = Field(
        default="", description="a field accepted in each row, logged, never given to the model; empty: none"
    )
    host: Host = Field(default="0.0.0.0", description="address the service listens on")  # noqa: S104 - a container's port must be reachable
    port: ListenPort = Field(default=5000, description="port the service listens on; 0: any free one")
    workers: int = Field(default=0, ge=0, description="worker processes; 0: as the CPU limit allows")
    threads: int = Field(default=0, ge=0, description="threads of one model call; 0: as the CPU limit allows")
    max_rows: int = Field(default=10_000, ge=1, description="most rows of one request")
    max_body_bytes: int = Field(default=1024**2, ge=1, description="most bytes of one request's body")
    max_header_bytes: int = Field(default=16_384, ge=1024, description="most bytes of one request's headers")
    max_in_flight: int = Field(
        default=256, ge=1, description="requests one worker answers at the same time; more get 503"
    )
    header_timeout: float = Field(default=10, gt=0, description="seconds a request's headers may take")
    body_timeout: float = Field(default=30, gt=0, description="seconds a request's body may take")
    keep_alive: float = Field(default=75, gt=0, description="seconds an idle connection stays open")
    drain_delay: float = Field(
        default=3, ge=0, description="seconds to go on serving after SIGTERM, while /health/ready says 503"
    )
    drain_seconds: float = Field(default=5, ge=0, description="most seconds to finish requests after that")
    docs: bool = Field(default=True, description="serve /docs, /redoc and /openapi.json")
    cors_origins: tuple[Origin, ...] = Field(
        default=(), strict=False, description="origins whose pages may call the service; *: all"
    )
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="how logs look; auto: console on a terminal"
    )
    access_log: bool = Field(default=False, description="log a line per request")


class Access(Section):
    """Who may call the service. Without keys everybody may."""

    required: bool = Field(default=False, description="refuse to start without keys")
    keys: tuple[Text, ...] = Field(
        default=(), strict=False, description="lines of `hookline keys new`: name:scopes:hash"
    )
    keys_file: Text = Field(default="", description="file with such lines")
    rows_per_second: float = Field(default=0, ge=0, description="most rows a second of one key; 0: no limit")
    protect_metrics: bool = Field(
        default=False, description="let only keys with the scope admin read /metrics"
    )

    @model_validator(mode="after")
    def _protection_needs_keys(self) -> Self:
        if self.protect_metrics and not (self.keys or self.keys_file):
            raise _together(
                "protect_metrics",
                "is true and there are no keys; `hookline keys new prometheus --scope admin` makes one",
            )
        return self


class Tracing(Section):
    """Where spans of prediction requests go; needs the extra `hookline[tracing]`."""

    enabled: bool = Field(default=False, description="send a span for each prediction request")
    endpoint: HttpAddress = Field(
        default="http://127.0.0.1:4318/v1/traces", description="OpenTelemetry collector, OTLP over HTTP"
    )
    sample: float = Field(
        default=1, ge=0, le=1, description="share of requests to trace, of those whose caller does not decide"
    )


class Training(Section):
    """How `hookline train` works."""

    test_size: float = Field(
        default=0.2, gt=0, lt=1, description="share of the rows held out for the metrics"
    )
    seed: int = Field(default=42, ge=0, le=2**32 - 1, description="makes the holdout repeatable")
    refit: bool = Field(default=True, description="after the metrics, fit once more on all rows")
    on_violation: Literal["fail", "drop", "keep"] = Field(
        default="fail",
        description="rows that break features.yaml: stop, leave them out, or use them all the same",
    )
    compile: bool = Field(default=True, description="try to turn the model into a graph, and prove it equal")
    golden_rows: int = Field(
        default=50, ge=1, le=10_000, description="rows whose answers a loaded model must reproduce"
    )
    backend: Literal["local", "dask"] = Field(default="local", description="where joblib runs parallel fits")
    dask_scheduler: SchedulerAddress = Field(
        default="", description="address of the Dask scheduler, for `backend: dask`"
    )

    @model_validator(mode="after")
    def _dask_has_a_scheduler(self) -> Self:
        if self.backend == "dask" and not self.dask_scheduler:
            raise _together(
                "backend", "is dask; set `training.dask_scheduler` too, such as tcp://127.0.0.1:8786"
            )
        return self


class Models(Section):
    """Where model versions live, and what is accepted when one is loaded."""

    directory: Name = Field(default="model_bin", description="folder of the model store")
    allow_joblib: bool = Field(
        default=False,
        description="write and load joblib (pickle) files where skops cannot; only for files you trust",
    )
    trusted: tuple[TypeName, ...] = Field(
        default=(), strict=False, description="further types a model file may hold, as module.Name"
    )
    library_versions: Literal["exact", "minor", "warn"] = Field(
        default="minor", description="how close libraries must be to those the model was trained with"
    )
    max_file_bytes: int = Field(
        default=4 * 1024**3, ge=1024, description="a larger model file is refused before it is read"
    )
    require_signature: bool = Field(
        default=False, description="load only versions signed with the key of `public_key_file`"
    )
    public_key_file: Text = Field(
        default="", description="ed25519 public key, made by `hookline models keygen`"
    )
    private_key_file: Text = Field(default="", description="if set, `hookline train` signs what it publishes")

    @model_validator(mode="after")
    def _signatures_have_a_key(self) -> Self:
        if self.require_signature and not self.public_key_file:
            raise _together(
                "require_signature",
                "is true; set `models.public_key_file` too (`hookline models keygen` makes a key pair)",
            )
        return self


class PredictionLog(Section):
    """Where predictions are logged, and what happens when they cannot be."""

    enabled: bool = Field(default=True, description="log every prediction")
    directory: Name = Field(default="var", description="folder of the journal and of the embedded database")
    durability: Literal["os", "fsync"] = Field(
        default="os",
        description="what a logged prediction survives; os: the death of any process, fsync: power loss too",
    )
    on_full: Literal["available", "strict"] = Field(
        default="available",
        description="predictions that cannot be logged; available: answer and flag them, strict: 503",
    )
    max_bytes: int = Field(
        default=1024**3, ge=1024**2, description="most bytes of the journal; what is shipped is removed"
    )
    min_free_bytes: int = Field(
        default=64 * 1024**2, ge=0, description="bytes of the disk that the journal leaves free"
    )
    segment_bytes: int = Field(
        default=64 * 1024**2, ge=1024, description="a journal file of this size is finished"
    )
    segment_seconds: float = Field(default=3600, gt=0, description="a journal file of this age is finished")
    drain_seconds: float = Field(
        default=5, ge=0, description="most seconds to go on shipping after SIGTERM; the rest is shipped later"
    )
    hash_key: SecretStr = Field(
        default=SecretStr(""),
        description="key of the hashes of `log: hash` features; empty: one is made in `directory`",
    )
    timezone: TimeZone = Field(default="UTC", description="zone of the times people read; stored is UTC")
    embedded: bool = Field(default=True, description="keep predictions in an SQLite database, for /logs")
    keep_days: float = Field(
        default=0, ge=0, description="days the embedded database keeps predictions; 0: for ever"
    )
    keep_bytes: int = Field(
        default=0, ge=0, description="bytes after which it drops the oldest predictions; 0: no limit"
    )
    enable_fluentd_logging: bool = Field(default=False, description="send every prediction to Fluentd")
    fluentd_url: LogTarget = Field(default="127.0.0.1", description="host or unix socket of Fluentd")
    fluentd_port: Port = Field(default=24224, description="port of Fluentd")
    fluentd_base_log_name: LogTag = Field(default="hookline", description="first part of the Fluentd tag")
    fluentd_log_n_best: int = Field(
        default=3, ge=1, description="how many classes, best first, a record holds"
    )
    fluentd_shared_key: SecretStr = Field(
        default=SecretStr(""), description="shared key of Fluentd, if it asks for one"
    )
    fluentd_tls: bool = Field(default=False, description="talk TLS to Fluentd")
    fluentd_ca_file: Text = Field(
        default="", description="certificates that Fluentd's must be signed by; empty: the system's"
    )
    enable_mongodb_logging: bool = Field(default=False, description="store every prediction in MongoDB")
    mongo_db_url: MongoAddress = Field(
        default="127.0.0.1", description="host or mongodb:// address of MongoDB, without a password"
    )
    mongo_db_port: Port = Field(default=27017, description="port of MongoDB")
    mongo_db_name: DatabaseName = Field(default="hookline", description="database")
    mongodb_logging_collection_name: DatabaseName = Field(default="predictions", description="collection")
    mongo_db_password: SecretStr = Field(
        default=SecretStr(""), description="password of MongoDB, if it asks for one"
    )


class Images(Section):
    """Names of the container images."""

    registry: Registry = Field(
        default="", description="registry the images are pushed to; empty: the engine's default"
    )
    repository: Repository = Field(default="hookline", description="owner part of the image names")
    runtime_image_name: ImageName = Field(default="hookline-runtime", description="image pipelines run in")
    runtime_image_tag: ImageTag = Field(default="latest", description="its tag")
    production_image_name: ImageName = Field(default="hookline-service", description="image of the service")
    production_image_tag: ImageTag = Field(default="latest", description="its tag")


class Jenkins(Section):
    """What the pipelines need to know."""

    docker_credentials_id: Text = Field(default="docker", description="Jenkins credential for the registry")
    scm_credentials_id: Text = Field(default="scm", description="Jenkins credential for the Git server")
    kubeconfig_credentials_id: Text = Field(
        default="kubeconfig", description="Jenkins credential with the kubeconfig of who deploys"
    )
    api_key_credentials_id: Text = Field(
        default="hookline-api-key",
        description="Jenkins credential with a key for the test request; the credential may be empty",
    )
    model_store: Text = Field(
        default="git",
        description="where pipelines keep models; git: in the project, else a URL of `hookline models push`",
    )
    prediction_test_case_path: Text = Field(
        default="tests/prediction_test_case.json", description="request that a fresh image must answer"
    )


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
            raise _together(
                key,
                f"leaves no number of pods: fewest are {self.min_replicas} and most are {self.max_replicas}; "
                "set `deployment.min_replicas` and `deployment.max_replicas` so that fewest is not more than "
                "most",
            )
        return self

    @model_validator(mode="after")
    def _keys_are_in_a_secret(self) -> Self:
        if self.secret_keys and not self.secret_name:
            raise _together(
                "secret_keys",
                "names keys of no secret; set `deployment.secret_name` to the one that has them",
            )
        return self

    @model_validator(mode="after")
    def _certificates_are_for_a_host(self) -> Self:
        if self.ingress_tls_secret and not self.ingress_host:
            raise _together(
                "ingress_tls_secret",
                "is set without a host; set `deployment.ingress_host` to the one it is for",
            )
        return self

    @model_validator(mode="after")
    def _node_ports_need_nodes(self) -> Self:
        if self.service_node_port and self.service_type == "ClusterIP":
            raise _together(
                "service_node_port",
                f"is {self.service_node_port}, which `service_type: ClusterIP` cannot have; "
                "set `deployment.service_type` to NodePort, or the port to 0",
            )
        return self


def _together(key: str, words: str) -> PydanticCustomError:
    """Say why `key` does not go with another key of its section."""
    return PydanticCustomError("together", "{words}", {"key": key, "words": words})
