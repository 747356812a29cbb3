"""`hookline deploy`: bring the image with its model to Kubernetes, or take it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hookline.cli.output import JsonFlag, ProjectDir, print_json, print_table, say
from hookline.cli.stopping import stoppable
from hookline.project import open_project

if TYPE_CHECKING:
    from hookline.deploy import Deployer, Plan, Request

__all__ = ["app"]

_HELP = "Bring the image with its model to Kubernetes, or take it back."

app = typer.Typer(help=_HELP)

PlanFlag: TypeAlias = Annotated[bool, typer.Option("--plan", help="only say what would change")]
Namespace: TypeAlias = Annotated[
    str, typer.Option("--namespace", "-n", envvar="HOOKLINE_NAMESPACE", help="namespace of the release")
]
Context: TypeAlias = Annotated[
    str, typer.Option("--context", help="context of kubectl", show_default="the current one")
]
Values: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option("--values", "-f", help="a file with differences from config.yaml; may be repeated"),
]
Timeout: TypeAlias = Annotated[str, typer.Option(help="how long pods may take until they are ready")]
Url: TypeAlias = Annotated[
    str | None, typer.Option(help="where the service is reached", show_default="by kubectl port-forward")
]
Key: TypeAlias = Annotated[
    str | None, typer.Option(envvar="HOOKLINE_API_KEY", help="API key for the test request")
]


@app.callback(invoke_without_command=True)
def deploy(
    ctx: typer.Context,
    *,
    plan: PlanFlag = False,
    tag: Annotated[
        str | None, typer.Option(help="tag of the image", show_default="as config.yaml says")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="model in the image, if its labels do not say", show_default="the current"),
    ] = None,
    accept_breaking: Annotated[
        bool, typer.Option("--accept-breaking", help="go on though the contract breaks for callers")
    ] = False,
    values: Values = None,
    namespace: Namespace = "default",
    context: Context = "",
    chart: Annotated[str, typer.Option(help="folder of the chart, or a reference to one")] = "helm",
    timeout: Timeout = "5m",
    url: Url = None,
    key: Key = None,
    project: ProjectDir = Path(),
    as_json: JsonFlag = False,
) -> None:
    """Bring the image with its model to Kubernetes, or take it back."""
    if ctx.invoked_subcommand is not None:
        _take_no_options(ctx)
        return
    from hookline.deploy import Request  # noqa: PLC0415 - help starts without it

    request = Request(
        namespace=namespace,
        context=context,
        chart=chart,
        files=tuple(values or ()),
        tag=tag,
        model=model,
        accept_breaking=accept_breaking,
        timeout=timeout,
        url=url,
        key=key,
    )
    deployer = _deployer(project, request, quiet=as_json)
    if not plan:
        with stoppable():
            done = deployer.deploy(_silent if as_json else _show)
        if as_json:
            print_json(done.plain())
        return
    found = deployer.plan()
    if as_json:
        print_json(found.plain())
    else:
        _show(found)
    if found.refusals:
        raise typer.Exit(1)


@app.command()
def rollback(
    revision: Annotated[
        int | None, typer.Argument(help="revision of `helm history`", show_default="the last good one")
    ] = None,
    *,
    plan: PlanFlag = False,
    values: Values = None,
    namespace: Namespace = "default",
    context: Context = "",
    timeout: Timeout = "5m",
    url: Url = None,
    key: Key = None,
    project: ProjectDir = Path(),
    as_json: JsonFlag = False,
) -> None:
    """Take image, model, contract and values back as one."""
    from hookline.deploy import Request  # noqa: PLC0415 - help starts without it

    request = Request(
        namespace=namespace, context=context, files=tuple(values or ()), timeout=timeout, url=url, key=key
    )
    deployer = _deployer(project, request, quiet=as_json)
    if plan:
        found = deployer.plan_rollback(revision)
        print_json(found.plain()) if as_json else _show(found)
        return
    with stoppable():
        found = deployer.rollback(revision, _silent if as_json else _show)
    if as_json:
        print_json(found.plain())


def _take_no_options(ctx: typer.Context) -> None:
    # `deploy --namespace a rollback` would act on another namespace than its reader thinks.
    for name in ctx.params:
        source = ctx.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise typer.BadParameter(f"put {option} behind {ctx.invoked_subcommand}", ctx)


def _deployer(project: Path, request: Request, *, quiet: bool) -> Deployer:
    from hookline.deploy import Deployer  # noqa: PLC0415 - help starts without it

    return Deployer(open_project(project), request, _nothing if quiet else say)


def _nothing(_: str) -> None:
    pass


def _silent(_: Plan) -> None:
    pass


def _show(plan: Plan) -> None:
    live = plan.live
    standing = f"revision {live.number} is live" if live else "nothing is live yet"
    say(f"release {plan.name} in namespace {plan.namespace}: {standing}")
    if plan.empty:
        say("nothing would change")
        return
    before = live.record if live else None
    rows = [
        (
            word,
            getattr(before, name, "") or ("unknown" if live else "-"),
            getattr(plan.record, name) or "unknown",
        )
        for word, name in (
            ("image", "image"),
            ("model", "model_version"),
            ("contract", "contract_fingerprint"),
        )
    ]
    print_table(("", "live", "next"), rows)
    if plan.contract:
        print_table(
            ("verdict", "where", "what", "why"),
            [(change.verdict, change.where, change.what, change.why) for change in plan.contract],
            title="contract",
        )
    if plan.values:
        changed = [(change.path, _word(change.before), _word(change.after)) for change in plan.values]
        print_table(("setting", "live", "next"), changed, title="values")
    if plan.objects:
        print_table(("", "object"), plan.objects, title="Kubernetes")
    for note in plan.notes:
        say(f"note: {note}")
    for refusal in plan.refusals:
        say(f"refused: {refusal}")


def _word(value: object) -> str:
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
