"""Deploy, and take back: plan, Helm, test request; what fails is taken back by itself."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hookline.deploy.live import Release, live_release, port_of, target_of_rollback
from hookline.deploy.manifest import compare_manifests
from hookline.deploy.plan import Plan, make_plan
from hookline.deploy.programs import Cluster
from hookline.deploy.smoke import read_test_case, smoke
from hookline.deploy.target import Declared, Target, declared, target
from hookline.errors import DeployError
from hookline.project import Project

__all__ = ["Deployer", "Request"]

Say = Callable[[str], None]

_KEPT = 65_536
"""Bytes of a test request that a release remembers: Helm keeps all of its values in a secret of 1 MB."""


@dataclass(frozen=True, slots=True)
class Request:
    """Hold what the caller of a deployment asks for."""

    namespace: str = "default"
    context: str = ""
    chart: str = "helm"
    files: tuple[Path, ...] = ()
    tag: str | None = None
    model: str | None = None
    accept_breaking: bool = False
    timeout: str = "5m"
    url: str | None = None
    key: str | None = None


class Deployer:
    """Bring a project's image to a cluster, and take it back. `say` hears each step once it is done."""

    def __init__(self, project: Project, request: Request, say: Say) -> None:
        self._project = project
        self._request = request
        self._say = say
        self._cluster = Cluster(request.namespace, request.context)

    def plan(self) -> Plan:
        """Find out what would change; nothing does."""
        return self._plan(self._target())

    def deploy(self, look: Callable[[Plan], None]) -> Plan:
        """Show the plan to `look`, then do it; what never gets ready, or answers wrongly, is taken back."""
        wanted = self._target()
        body = read_test_case(wanted.declared.test_case)
        if len(body) <= _KEPT:
            wanted = replace(wanted, record=replace(wanted.record, test_case=body.decode(errors="replace")))
        plan = self._plan(wanted)
        look(plan)
        if plan.refusals:
            raise DeployError("; ".join(plan.refusals))
        asked = (body, plan.record.model_version, plan.name, wanted.declared.service_port)
        if plan.empty:
            self._smoke(*asked)
            return plan
        self._upgrade(wanted, plan)
        with self._taking_back(plan):
            self._say(f"{plan.name}: every pod of {plan.record.image} is ready")
            self._smoke(*asked)
        return plan

    def plan_rollback(self, wanted: int | None) -> Plan:
        """Find out what going back would change; nothing does."""
        name = self._declared.name
        return self._back(name, target_of_rollback(self._cluster, name, wanted))

    def rollback(self, wanted: int | None, look: Callable[[Plan], None]) -> Plan:
        """Take image, model, contract and values back to an earlier revision, and see that it answers."""
        declared = self._declared
        name = declared.name
        goal = target_of_rollback(self._cluster, name, wanted)
        # Not today's request and port: an older contract may refuse the one, and the other goes back too.
        body = goal.record.test_case.encode() or read_test_case(declared.test_case)
        plan = self._back(name, goal)
        look(plan)
        waiting = ("--wait", "--timeout", self._request.timeout)
        self._cluster.helm("rollback", name, str(goal.number), *waiting)
        self._say(f"{name}: back to what revision {goal.number} was")
        self._smoke(body, goal.record.model_version, name, port_of(goal.values))
        return plan

    @property
    def _chart(self) -> Path | str:
        inside = self._project.root / self._request.chart
        return inside if inside.is_dir() else self._request.chart

    @property
    def _declared(self) -> Declared:
        return declared(self._project, self._request.files, tag=self._request.tag)

    def _target(self) -> Target:
        return target(self._project, self._declared, model=self._request.model)

    def _plan(self, wanted: Target) -> Plan:
        live = live_release(self._cluster, wanted.declared.name)
        return make_plan(
            name=wanted.declared.name,
            namespace=self._request.namespace,
            live=live,
            record=wanted.record,
            values=wanted.declared.values,
            objects=self._objects(wanted, live),
            notes=list(_notes(wanted)),
            accept_breaking=self._request.accept_breaking,
        )

    def _back(self, name: str, goal: Release) -> Plan:
        # Going back is for when something burns: what it breaks is named, and nobody has to accept it.
        return make_plan(
            name=name,
            namespace=self._request.namespace,
            live=live_release(self._cluster, name),
            record=goal.record,
            values=goal.values,
            accept_breaking=True,
        )

    def _upgrade(self, wanted: Target, plan: Plan) -> None:
        try:
            with self._values(wanted) as values:
                self._cluster.helm(
                    *("upgrade", "--install", plan.name, str(self._chart), *values),
                    *("--wait", self._cluster.undoes(), "--timeout", self._request.timeout),
                    *("--description", _described(plan)),
                )
        except KeyboardInterrupt:
            # Helm takes back what it was stopped in; if it was done just then, nobody has seen it answer.
            self._say(f"{plan.name}: {self._undo(plan.live, plan.name)}")
            raise

    @contextmanager
    def _taking_back(self, plan: Plan) -> Iterator[None]:
        """Take the release back if the block fails, or is interrupted."""
        try:
            yield
        except DeployError as error:
            raise DeployError(f"{error}; {self._undo(plan.live, plan.name)}") from error
        except BaseException:
            self._say(f"{plan.name}: {self._undo(plan.live, plan.name)}")
            raise

    def _objects(self, wanted: Target, live: Release | None) -> Sequence[tuple[str, str]]:
        """Have Helm and the cluster rehearse it: what they would refuse is refused now."""
        with self._values(wanted) as values:
            rehearsed = self._cluster.helm_json(
                "upgrade", "--install", wanted.declared.name, str(self._chart), *values, "--dry-run=server"
            )
        before = self._cluster.helm("get", "manifest", wanted.declared.name) if live else ""
        return compare_manifests(before, str((rehearsed or {}).get("manifest", "")))

    def _smoke(self, body: bytes, model_version: str, name: str, port: int) -> None:
        request = self._request

        def reach() -> AbstractContextManager[str]:
            if request.url:
                return contextlib.nullcontext(request.url)
            return self._cluster.forwarding(name, port)

        self._say(f"{name}: {smoke(reach, body, model_version=model_version, key=request.key)}")

    def _undo(self, live: Release | None, name: str) -> str:
        waiting = ("--wait", "--timeout", self._request.timeout)
        try:
            if live is None:
                self._cluster.helm("uninstall", name, *waiting, "--ignore-not-found")
                return "it was taken away again, for nothing was there before"
            self._cluster.helm("rollback", name, str(live.number), *waiting)
        except DeployError as error:
            return f"taking it back failed too: {error}; {self._standing(live, name)}"
        return f"revision {live.number} is back, with {live.record.model_version or live.record.image}"

    def _standing(self, goal: Release | None, name: str) -> str:
        """Say what is live, and the command that goes on from there."""
        command = f"hookline deploy rollback {goal.number}" if goal else f"helm uninstall {name}"
        on = f"`{command} --namespace {self._request.namespace}"
        if self._request.context:
            on += f" --{'' if goal else 'kube-'}context {self._request.context}"
        on += "`"
        try:
            live = live_release(self._cluster, name)
        except DeployError:
            return f"what is live could not be found out; once the cluster answers, run {on}"
        if live is None:
            return f"Helm calls no revision live; once the reason is gone, run {on}"
        held = live.record.model_version or live.record.image
        return f"live is revision {live.number}, with {held}; once the reason is gone, run {on}"

    @contextmanager
    def _values(self, wanted: Target) -> Iterator[list[str]]:
        """Give Helm's options for the values: the files as they are, and over them what is decided now.

        That is written as JSON, in which no tag such as 12e34 can be taken for a number.
        """
        over: dict[str, Any] = {**wanted.declared.overlay, **wanted.record.values()}
        with tempfile.TemporaryDirectory(prefix="hookline-deploy-") as folder:
            path = Path(folder) / "release.json"
            path.write_text(json.dumps(over), encoding="utf-8")
            yield [word for file in (*wanted.declared.files, path) for word in ("--values", _whole(file))]


def _whole(file: Path) -> str:
    """Write a path so that Helm takes it for one: it reads this option as a line of CSV."""
    text = str(file)
    return '"' + text.replace('"', '""') + '"' if {",", '"'} & set(text) else text


def _described(plan: Plan) -> str:
    """Say in `helm history` what a revision is."""
    record = plan.record
    return f"{record.image}, model {record.model_version}, contract {record.contract_fingerprint[:19]}"


def _notes(wanted: Target) -> Iterator[str]:
    if not wanted.looked_into:
        yield (
            f"{wanted.record.image} is not on this machine, so its labels were not read; "
            "the test request will show which model it holds"
        )
    if wanted.record.image.endswith(":latest"):
        yield (
            "the next build moves the tag latest, and going back would bring what it names then; "
            f"a tag of its own keeps image and model together: --tag {wanted.record.model_version}"
        )
