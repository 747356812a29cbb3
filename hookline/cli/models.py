"""`hookline models`: what is in the store, what is current, and copies elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from hookline.cli.models_words import difference_tables, list_row, manifest_lines, summary
from hookline.cli.output import JsonFlag, ProjectDir, print_json, print_table, say
from hookline.models.difference import compare
from hookline.models.manifest import Manifest
from hookline.models.policy import LoadPolicy
from hookline.models.signing import make_keys
from hookline.models.store import ModelStore
from hookline.project import Project, open_project

__all__ = ["app"]

app = typer.Typer(help="Look at model versions, choose the current one, copy them.", no_args_is_help=True)

Version: TypeAlias = Annotated[str, typer.Argument(help="name of a version, see `hookline models list`")]
AnyVersion: TypeAlias = Annotated[
    str | None, typer.Argument(help="name of a version", show_default="the current one")
]
Url: TypeAlias = Annotated[str, typer.Argument(help="a folder, s3://bucket/folder, or another fsspec URL")]


@app.command("list")
def list_versions(project: ProjectDir = Path(), as_json: JsonFlag = False) -> None:
    """List the versions, newest first."""
    store = _store(open_project(project))
    current, target = store.current(), store.rollback_target()
    rows = [summary(name, found, current, target) for name, found in reversed(store.survey())]
    if as_json:
        print_json(rows)
    elif not rows:
        say(f"There is no model in {store.directory} yet; make one with `hookline train`.")
    else:
        print_table(("version", "", "predictor", "rows", "score", "baseline"), map(list_row, rows))


@app.command()
def show(version: AnyVersion = None, project: ProjectDir = Path(), as_json: JsonFlag = False) -> None:
    """Show what a version says about itself."""
    store = _store(open_project(project))
    name = store.resolve(version)
    manifest = store.manifest(name)
    if as_json:
        path = str(store.directory / name)
        print_json({"path": path, "current": name == store.current(), **manifest.model_dump(mode="json")})
        return
    for line in manifest_lines(manifest, store.directory / name):
        say(line)


@app.command()
def diff(
    old: Version, new: AnyVersion = None, project: ProjectDir = Path(), as_json: JsonFlag = False
) -> None:
    """Compare two versions: metrics, contract, data, predictor, libraries, files."""
    store = _store(open_project(project))
    found = compare(store.manifest(old), store.manifest(store.resolve(new)))
    if as_json:
        print_json(found.plain())
        return
    for title, columns, rows in difference_tables(found):
        if rows:
            print_table(columns, rows, title=title)
        else:
            say(f"{title}: equal")


@app.command()
def promote(version: Version, project: ProjectDir = Path(), as_json: JsonFlag = False) -> None:
    """Make a version current, once its files are what they were."""
    opened = open_project(project)
    before = _store(opened).promote(version, _policy(opened).signature)
    _say_current(version, before, as_json=as_json)


@app.command()
def rollback(project: ProjectDir = Path(), as_json: JsonFlag = False) -> None:
    """Make the version current that was current before."""
    opened = open_project(project)
    store = _store(opened)
    before = store.current()
    _say_current(store.rollback(_policy(opened).signature), before, as_json=as_json)


@app.command()
def prune(
    keep: Annotated[int, typer.Option("--keep", min=0, help="how many of the newest versions stay")],
    project: ProjectDir = Path(),
    as_json: JsonFlag = False,
) -> None:
    """Remove old versions; never the current one, the one to roll back to, or one in use."""
    store = _store(open_project(project))
    removed = store.prune(keep)
    if as_json:
        print_json({"removed": removed, "kept": store.names()})
        return
    for name in removed:
        say(f"Removed {name}")
    say(f"{len(removed)} removed, {len(store.names())} kept.")


@app.command()
def verify(
    version: AnyVersion = None,
    load: Annotated[
        bool, typer.Option("--load", help="also load it and let it answer its golden rows")
    ] = False,
    project: ProjectDir = Path(),
    as_json: JsonFlag = False,
) -> None:
    """Hold a version's files against its manifest, and the manifest against its signature."""
    opened = open_project(project)
    store, policy = _store(opened), _policy(opened)
    name = store.resolve(version)
    manifest = store.verify(name, policy.signature)
    if load:
        from hookline.models.loading import load_model  # noqa: PLC0415 - numpy and more, only if asked

        load_model(store, name, policy).close()
    if as_json:
        print_json({"version": name, "files": len(manifest.files), "loaded": load, "ok": True})
    else:
        say(f"{name}: {len(manifest.files)} files as published{', golden rows reproduced' if load else ''}.")


@app.command()
def push(
    url: Url, version: AnyVersion = None, project: ProjectDir = Path(), as_json: JsonFlag = False
) -> None:
    """Copy a version to another place."""
    from hookline.models.transfer import push as copy  # noqa: PLC0415 - fsspec, only if asked

    opened = open_project(project)
    done = copy(_store(opened), version, url, _policy(opened))
    _say_copied(done.manifest, copied=done.copied, where="there", as_json=as_json)


@app.command()
def pull(
    url: Url,
    version: Annotated[
        str | None, typer.Argument(help="name of a version", show_default="the newest")
    ] = None,
    make_current: Annotated[bool, typer.Option("--promote", help="also make it current")] = False,
    project: ProjectDir = Path(),
    as_json: JsonFlag = False,
) -> None:
    """Bring a version from another place; it is published only if every byte is right."""
    from hookline.models.transfer import pull as copy  # noqa: PLC0415 - fsspec, only if asked

    opened = open_project(project)
    store, policy = _store(opened), _policy(opened)
    done = copy(store, url, version, policy)
    if make_current:
        store.promote(done.manifest.version, policy.signature)
    _say_copied(done.manifest, copied=done.copied, where="here", as_json=as_json)


@app.command()
def keygen(
    out: Annotated[Path, typer.Option("--out", help="folder for the two key files")] = Path(),
    as_json: JsonFlag = False,
) -> None:
    """Make a key pair for signing versions. The private key belongs where you train, and nowhere else."""
    private_key, public_key = make_keys(out)
    if as_json:
        print_json({"private_key_file": str(private_key), "public_key_file": str(public_key)})
        return
    say(f"Private key: {private_key} (set models.private_key_file where you train; never commit it)")
    say(
        f"Public key:  {public_key} (set models.public_key_file and models.require_signature where you serve)"
    )


def _store(project: Project) -> ModelStore:
    return ModelStore(project.model_directory)


def _policy(project: Project) -> LoadPolicy:
    return LoadPolicy.from_settings(project.settings.models, project.root)


def _say_current(version: str, before: str | None, *, as_json: bool) -> None:
    if as_json:
        print_json({"current": version, "before": before})
    elif version == before:
        say(f"{version} is current already.")
    else:
        say(f"{version} is current now" + (f"; before: {before}." if before else "."))


def _say_copied(manifest: Manifest, *, copied: bool, where: str, as_json: bool) -> None:
    if as_json:
        result: dict[str, Any] = {"version": manifest.version, "copied": copied}
        print_json(result)
    else:
        say(f"{manifest.version}: " + ("copied." if copied else f"is {where} already."))
