"""`hookline config`: what is set, and where it was set."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from hookline.cli.output import JsonFlag, ProjectDir, print_json, print_table, say
from hookline.config import load_with_origins
from hookline.config.load import CONFIG_FILE
from hookline.config.starter import starter_text
from hookline.config.table import table
from hookline.errors import ConfigError, ProjectError
from hookline.project import open_project
from hookline.words import closest
from hookline.yamltext import as_yaml

__all__ = ["app"]

app = typer.Typer(help="Show and start config.yaml.", no_args_is_help=True)


@app.command()
def show(project: ProjectDir = Path(), as_json: JsonFlag = False) -> None:
    """Print every setting, its value, and where it came from; secrets are masked."""
    root = open_project(project).root
    rows = _rows(root)
    if as_json:
        print_json(rows)
    else:
        print_table(("setting", "value", "from"), [(row["setting"], _cell(row), row["from"]) for row in rows])


@app.command()
def get(
    setting: Annotated[str, typer.Argument(metavar="SECTION.KEY", help="such as service.port")],
    project: ProjectDir = Path(),
) -> None:
    """Print the value of one setting, as scripts need it; a list is JSON. Secrets are not told."""
    found = {row["setting"]: row for row in _rows(open_project(project).root)}
    if setting not in found:
        like = closest(setting, list(found))
        hint = f"did you mean {like}?" if like else "see `hookline config show`"
        raise ConfigError(f"there is no setting {setting}; {hint}")
    if found[setting]["secret"]:
        raise ConfigError(f"{setting} is a secret, which is never printed; read it where you set it")
    value = found[setting]["value"]
    say(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


@app.command()
def init(project: ProjectDir = Path()) -> None:
    """Write a config.yaml that lists every key with its default, where there is none yet."""
    path = project / CONFIG_FILE
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter_text())
    except FileExistsError as error:
        raise ProjectError(f"{path} is there already; move it away first, it is yours") from error
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be written: {error.strerror}; name a folder with --project"
        ) from error
    say(f"wrote {path}")


def _rows(root: Path) -> list[dict[str, Any]]:
    loaded = load_with_origins(root, os.environ)
    values = loaded.settings.model_dump(mode="json")
    return [
        {
            "setting": setting.path,
            "value": values[setting.section][setting.key],
            "from": loaded.origins.get(path, "default"),
            "secret": setting.secret,
        }
        for path, setting in table().items()
    ]


def _cell(row: dict[str, Any]) -> str:
    return (row["value"] or "not set") if row["secret"] else as_yaml(row["value"])
