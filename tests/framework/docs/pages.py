"""The pages of the manual in groups that take about as long: a test file each, so that they run at once."""

from __future__ import annotations

GROUPS: dict[str, tuple[str, ...]] = {
    "begin": ("docs/doctor.md", "docs/examples.md"),
    "files": (
        "docs/ansible.md",
        "docs/batch.md",
        "docs/client.md",
        "docs/contract.md",
        "docs/images.md",
        "docs/kubernetes.md",
    ),
    "first": ("README.md", "docs/commands.md", "docs/hooks.md", "docs/new.md"),
    "models": ("docs/models.md", "model_bin/README.md", "docs/benchmarks.md", "docs/compile.md"),
    "service": (
        "docs/api.md",
        "docs/configuration.md",
        "docs/operations.md",
        "docs/performance.md",
        "docs/running.md",
        "docs/security.md",
    ),
    "log": ("docs/prediction-log.md", "docs/efk.md", "docs/deploy.md", "docs/jenkins.md"),
    "training": ("docs/training.md",),
}
