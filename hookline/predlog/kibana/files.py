"""The files that the setup job of `getting-started/efk` sends."""

from __future__ import annotations

import json
from pathlib import Path

from hookline.config import Settings
from hookline.contract import Contract
from hookline.predlog.kibana.objects import saved_objects
from hookline.predlog.kibana.template import index_template

__all__ = ["write_files"]


def write_files(folder: Path, contract: Contract, settings: Settings) -> list[Path]:
    """Write the index template and the saved objects into `folder`; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    log = settings.prediction_log
    template = folder / "index-template.json"
    template.write_text(json.dumps(index_template(contract, best=log.fluentd_log_n_best), indent=2) + "\n")
    objects = folder / "saved-objects.ndjson"
    lines = [json.dumps(found) for found in saved_objects(contract, name=log.fluentd_base_log_name)]
    objects.write_text("\n".join(lines) + "\n")
    return [template, objects]
