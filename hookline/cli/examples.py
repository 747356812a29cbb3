"""What to type: examples of every command, shown by its `--help`. A test parses each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["EXAMPLES", "teach"]

EXAMPLES: Mapping[str, Sequence[str]] = {
    "check": ("hookline check", "hookline check --n-rows 2000 --timeout 300"),
    "client python": ("hookline client python churn_client --name churn_client",),
    "config get": ("hookline config get images.registry",),
    "config init": ("hookline config init",),
    "config show": ("hookline config show", "HOOKLINE_SERVICE__PORT=8000 hookline config show --json"),
    "contract diff": ("hookline contract diff old.yaml source/model/features.yaml",),
    "contract infer": (
        "hookline contract infer customers.csv --target churned",
        "hookline contract infer prices.parquet -t price --task regression -o features.yaml",
    ),
    "contract show": ("hookline contract show", "hookline contract show --json"),
    "deploy": (
        "hookline deploy --plan --tag 20260301T080000Z-1a2b3c4d -n models",
        "hookline deploy --tag 20260301T080000Z-1a2b3c4d -n models -f production.yaml",
    ),
    "deploy rollback": ("hookline deploy rollback --plan -n models", "hookline deploy rollback 3 -n models"),
    "doctor": ("hookline doctor", "hookline doctor --project ../churn --json"),
    "feedback": (
        "hookline feedback truths.csv",
        "hookline feedback truths.json --url http://localhost:5000 --key $KEY",
    ),
    "image context": ("hookline image context production build/context",),
    "image name": ("hookline image name production", "hookline image name production team/iris v7"),
    "image sbom": ("hookline image sbom -o sbom.cdx.json",),
    "image test": ("hookline image test team/iris v7",),
    "keys list": ("hookline keys list",),
    "keys new": ("hookline keys new shop --scope predict >> keys.txt",),
    "kibana export": ("hookline kibana export kibana",),
    "logs erase": ("hookline logs erase --id 4711",),
    "logs export": ("hookline logs export --format csv -o march.csv --since 2026-03-01 --until 2026-04-01",),
    "logs query": (
        "hookline logs query --class setosa --limit 5",
        "hookline logs query --since 2026-03-01 --json",
    ),
    "logs stats": ("hookline logs stats --since 2026-03-01",),
    "logs tail": ("hookline logs tail --follow", "hookline logs tail -n 50 --class setosa"),
    "logs verify": ("hookline logs verify",),
    "models diff": ("hookline models diff 20260301T080000Z-1a2b3c4d 20260401T080000Z-5e6f7a8b",),
    "models keygen": ("hookline models keygen --out keys",),
    "models list": ("hookline models list",),
    "models promote": ("hookline models promote 20260301T080000Z-1a2b3c4d",),
    "models prune": ("hookline models prune --keep 5",),
    "models pull": ("hookline models pull s3://models/churn --promote",),
    "models push": ("hookline models push /mnt/models/churn", "hookline models push s3://models/churn"),
    "models rollback": ("hookline models rollback",),
    "models show": ("hookline models show", "hookline models show 20260301T080000Z-1a2b3c4d --json"),
    "models verify": ("hookline models verify --load",),
    "monitoring export": ("hookline monitoring export monitoring",),
    "new": (
        "hookline new ../flowers --example iris",
        "hookline new ../churn --from-data customers.csv --target churned --id customer",
        "hookline new ../churn --blank --name 'Churn of customers'",
        "hookline new ../churn --from-project ../old-churn",
    ),
    "predict": (
        "hookline predict rows.json",
        "cat rows.csv | hookline predict - --format csv --proba",
        "hookline predict rows.json --url http://localhost:5000",
    ),
    "quality": ("hookline quality", "hookline quality --since 2026-03-01 --json"),
    "score": (
        "hookline score customers.parquet scored.parquet --id customer",
        "hookline score big.csv out.csv --engine dask --scheduler tcp://10.0.0.1:8786",
    ),
    "serve": ("hookline serve --port 8000", "hookline serve --plan", "hookline serve --reload --workers 1"),
    "ship": ("hookline ship --once",),
    "train": ("hookline train", "hookline train --n-rows 1000 --no-promote"),
    "tutorial": ("hookline tutorial", "hookline tutorial --yes"),
    "update": ("hookline update --to ../hookline", "hookline update --check --to /mnt/shelf"),
}


def teach(name: str, command: Any) -> None:
    """Put its examples below the help of a command, and below that of each command of a group."""
    for sub, inner in getattr(command, "commands", {}).items():
        teach(f"{name} {sub}", inner)
    if name in EXAMPLES:
        # An empty line between two is what makes them lines of their own.
        command.epilog = "\n\n".join(["Examples:", *EXAMPLES[name]])
