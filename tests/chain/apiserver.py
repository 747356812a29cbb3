"""A STAND-IN for Kubernetes' API server, so that the real helm and kubectl can be tried.

No kubelet is behind it. It keeps objects, takes patches, and plays the controllers' part for workloads:
`ready` says whether the pods of an image are, an autoscaler adds a pod as soon as there is a job, and every
balancer is at 127.0.0.1. It is small, and kind to whoever asks: what it accepts, a cluster may refuse.
"""

from __future__ import annotations

import copy
import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.chain.protobuf import PROTOBUF, read_secret

__all__ = ["StandIn"]

_KINDS: Mapping[str, Mapping[str, str]] = {
    "v1": {
        "configmaps": "ConfigMap",
        "namespaces": "Namespace",
        "persistentvolumeclaims": "PersistentVolumeClaim",
        "pods": "Pod",
        "secrets": "Secret",
        "serviceaccounts": "ServiceAccount",
        "services": "Service",
    },
    "apps/v1": {"deployments": "Deployment", "replicasets": "ReplicaSet", "statefulsets": "StatefulSet"},
    "autoscaling/v2": {"horizontalpodautoscalers": "HorizontalPodAutoscaler"},
    "batch/v1": {"jobs": "Job"},
    "networking.k8s.io/v1": {"ingresses": "Ingress", "networkpolicies": "NetworkPolicy"},
    "policy/v1": {"poddisruptionbudgets": "PodDisruptionBudget"},
}
_PATH = re.compile(
    r"/(?:api|apis)/(?P<group>v1|[\w.]+/\w+)/(?:namespaces/(?P<space>[\w-]+)/)?(?P<kind>[a-z]+)(?:/(?P<name>[\w.-]+))?$"
)

Plain = dict[str, Any]


class StandIn:
    """Answer helm on loopback while entered; `objects` are what it was given."""

    def __init__(self, ready: Callable[[str], bool]) -> None:
        self.objects: dict[tuple[str, str], Plain] = {}
        self._ready = ready
        self.changes: list[str] = []
        self.unknown: list[str] = []
        self._lock = threading.Lock()
        self._count = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def kubeconfig(self, path: Path) -> Path:
        """Write what helm needs to find it."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "stand-in",
            "clusters": [
                {"name": "c", "cluster": {"server": f"http://127.0.0.1:{self._server.server_port}"}}
            ],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "stand-in", "context": {"cluster": "c", "user": "u"}}],
        }
        path.write_text(json.dumps(config))
        return path

    def image(self) -> str | None:
        """Return the image of the workload that is there."""
        for (kind, _), found in self.objects.items():
            if kind in ("deployments", "statefulsets"):
                image: str = found["spec"]["template"]["spec"]["containers"][0]["image"]
                return image
        return None

    def answer(self, method: str, target: str, body: Plain | None) -> tuple[int, Plain]:
        """Answer one request."""
        parts = urlsplit(target)
        found = _PATH.match(parts.path)
        with self._lock:
            if found is None or found["kind"] not in _KINDS.get(found["group"], {}):
                return self._discover(method, parts.path)
            if method != "GET":
                self.changes.append(f"{method} {found['kind']}/{found['name'] or ''}")
            dry = "dryRun" in parse_qs(parts.query)
            selector = parse_qs(parts.query).get("labelSelector", [""])[0]
            return self._serve(method, found, body, selector=selector, dry=dry)

    def _discover(self, method: str, path: str) -> tuple[int, Plain]:
        for begin, say in _DISCOVERY.items():
            if path == begin or (begin.endswith("/") and path.startswith(begin)):
                return 200, say(path.removeprefix(begin))
        self.unknown.append(f"{method} {path}")
        return _status(404, f"{path} is not here")

    def _serve(
        self, method: str, found: re.Match[str], body: Plain | None, *, selector: str, dry: bool
    ) -> tuple[int, Plain]:
        kind, name = found["kind"], found["name"] or (body or {}).get("metadata", {}).get("name", "")
        key = (kind, name)
        self._control()
        there = self.objects.get(key)
        if method == "GET" and not found["name"]:
            return 200, self._listed(found, selector)
        if method == "POST":
            if there is not None:
                return _status(409, f"{kind} {name} already exists")
            return 201, self._keep(key, dict(body or {}), found, dry=dry)
        if there is None:
            return _status(404, f'{kind} "{name}" not found')
        if method in ("PUT", "PATCH"):
            new = _patched(there, body or {}) if method == "PATCH" else dict(body or {})
            return 200, self._keep(key, new, found, dry=dry)
        if method == "DELETE" and not dry:
            del self.objects[key]
        return 200, there

    def _listed(self, found: re.Match[str], selector: str) -> Plain:
        items = [
            one for (kind, _), one in self.objects.items() if kind == found["kind"] and _chosen(one, selector)
        ]
        listed = f"{_KINDS[found['group']][found['kind']]}List"
        return {"kind": listed, "apiVersion": found["group"], "metadata": {}, "items": items}

    def _keep(self, key: tuple[str, str], given: Plain, found: re.Match[str], *, dry: bool) -> Plain:
        self._count += 1
        kept = copy.deepcopy(given)
        kept |= {"kind": _KINDS[found["group"]][key[0]], "apiVersion": found["group"]}
        before = self.objects.get(key, {}).get("metadata", {})
        kept.setdefault("metadata", {}).update(
            namespace=found["space"] or "default",
            uid=before.get("uid") or str(uuid.uuid4()),
            resourceVersion=str(self._count),
            generation=self._count,
            creationTimestamp=before.get("creationTimestamp") or "2026-01-01T00:00:00Z",
        )
        if key[0] == "services":
            kept["spec"].setdefault("clusterIP", "10.0.0.1")
            kept["status"] = {"loadBalancer": {"ingress": [{"ip": "127.0.0.1"}]}}
        if not dry:
            self.objects[key] = kept
            self._control()
        return kept

    def _control(self) -> None:
        """Do the controllers' part: say of each workload how many pods are ready."""
        for key, kept in list(self.objects.items()):
            if key[0] == "horizontalpodautoscalers":
                self._scale(kept["spec"])
            if key[0] in ("deployments", "statefulsets"):
                self._look_at(key, kept)

    def _scale(self, scaler: Plain) -> None:
        target = scaler["scaleTargetRef"]
        scaled = self.objects.get((f"{target['kind'].lower()}s", target["name"]))
        if scaled is not None:
            loaded = any(kind == "jobs" for kind, _ in self.objects)
            scaled["spec"]["replicas"] = min(scaler["minReplicas"] + loaded, scaler["maxReplicas"])

    def _look_at(self, key: tuple[str, str], kept: Plain) -> None:
        template = kept["spec"]["template"]
        wanted = kept["spec"].setdefault("replicas", 1)
        ready = wanted if self._ready(template["spec"]["containers"][0]["image"]) else 0
        name = f"{key[1]}-{abs(hash(json.dumps(template, sort_keys=True)))}"
        kept["status"] = {
            "observedGeneration": kept["metadata"]["generation"],
            "replicas": wanted,
            "updatedReplicas": ready,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "currentRevision": name,
            "updateRevision": name,
        }
        if key[0] == "deployments":
            owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": key[1], "controller": True}
            self.objects["replicasets", name] = {
                "kind": "ReplicaSet",
                "apiVersion": "apps/v1",
                "metadata": {
                    "name": name,
                    "namespace": kept["metadata"]["namespace"],
                    "labels": template["metadata"]["labels"],
                    "ownerReferences": [{**owner, "uid": kept["metadata"]["uid"]}],
                },
                "spec": {"replicas": wanted, "selector": kept["spec"]["selector"], "template": template},
                "status": {"replicas": wanted, "readyReplicas": ready},
            }


def _version(_: str) -> Plain:
    return {"major": "1", "minor": "34", "gitVersion": "v1.34.0"}


def _core(_: str) -> Plain:
    return {"kind": "APIVersions", "versions": ["v1"]}


def _groups(_: str) -> Plain:
    groups = []
    for group in _KINDS:
        name, _slash, version = group.rpartition("/")
        one = {"groupVersion": group, "version": version}
        groups.append({"name": name, "versions": [one], "preferredVersion": one})
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [one for one in groups if one["name"]]}


def _resources(group: str) -> Plain:
    verbs = ["get", "list", "create", "update", "patch", "delete"]
    kinds = [
        {"name": name, "kind": kind, "namespaced": name != "namespaces", "verbs": verbs}
        for name, kind in _KINDS.get(group, {}).items()
    ]
    return {"kind": "APIResourceList", "groupVersion": group, "resources": kinds}


def _schemas(_: str) -> Plain:
    places = {_place(group): {"serverRelativeURL": f"/openapi/v3/{_place(group)}"} for group in _KINDS}
    return {"paths": places}


def _place(group: str) -> str:
    return f"api/{group}" if group == "v1" else f"apis/{group}"


def _openapi(place: str) -> Plain:
    """Say that patches may be checked for unknown fields, which is all that helm wants to know."""
    group = place.removeprefix("apis/").removeprefix("api/")
    name, _, version = group.rpartition("/")
    checked = [{"name": "fieldValidation", "in": "query"}]
    paths = {
        f"/{place}/{kinds}/{{name}}": {
            "patch": {
                "x-kubernetes-group-version-kind": {"group": name, "version": version, "kind": kind},
                "parameters": checked,
                "responses": {},
            }
        }
        for kinds, kind in _KINDS[group].items()
    }
    return {"openapi": "3.0.0", "info": {"title": "stand-in", "version": "1"}, "paths": paths}


_DISCOVERY: Mapping[str, Callable[[str], Plain]] = {
    "/version": _version,
    "/api": _core,
    "/apis": _groups,
    "/api/": _resources,
    "/apis/": _resources,
    "/openapi/v3": _schemas,
    "/openapi/v3/": _openapi,
}


def _status(code: int, message: str) -> tuple[int, Plain]:
    reason = {404: "NotFound", 409: "AlreadyExists"}[code]
    said = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message}
    return code, {**said, "reason": reason, "code": code}


def _chosen(found: Plain, selector: str) -> bool:
    labels = found["metadata"].get("labels", {})
    wanted = [pair.split("=", 1) for pair in selector.replace("==", "=").split(",") if "=" in pair]
    return all(labels.get(name) == value for name, value in wanted)


def _patched(below: Any, above: Any) -> Any:
    """Merge as Kubernetes does: null removes, lists of named things merge by name."""
    if isinstance(below, dict) and isinstance(above, dict):
        merged = dict(below)
        for key, value in above.items():
            if key.startswith("$"):
                continue
            if value is None:
                merged.pop(key, None)
            else:
                merged[key] = _patched(merged.get(key), value)
        return merged
    if _named(below) and _named(above):
        order = {one["name"]: one for one in below}
        for one in above:
            if one.get("$patch") == "delete":
                order.pop(one["name"], None)
            else:
                order[one["name"]] = _patched(order.get(one["name"]), one)
        return list(order.values())
    return above


def _named(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and "name" in one for one in value)


def _body(method: str, raw: bytes) -> Plain | None:
    if not raw.startswith(PROTOBUF):
        return dict(json.loads(raw)) if raw else None
    return read_secret(raw) if method in ("POST", "PUT") else None  # what else comes so are options of DELETE


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            raw = self.rfile.read(length)
            body = _body(self.command, raw)
            code, said = stand_in.answer(self.command, self.path, body)
            text = json.dumps(said).encode()
            self.send_response(code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 - the base fixes the names

        def log_message(self, *_: object) -> None:
            pass

    return Handler
