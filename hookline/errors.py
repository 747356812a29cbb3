"""What can go wrong, as a tree.

HooklineError                 something the reader can act on: one sentence with the remedy
├── ProjectError              the folder is not a hookline project, or a file of it is missing
├── YamlError                 a YAML file cannot be read as YAML
├── ConfigError               config.yaml or the environment sets something wrong
├── ContractError             features.yaml declares something wrong
├── HookError                 a hook is missing, has the wrong shape, or failed
├── DataError                 data does not keep the contract
├── TrainingError             training cannot go on with what the hooks gave
├── ScaffoldError             a new project cannot be made, or a newer hookline not come into one
├── ScoringError              a file of rows cannot be scored, or a stopped run not go on
├── ImageError                a container image cannot be made, or does not answer as it must
├── NotLoggedError            the prediction log takes no records now
├── LogStateError             a file in which the log keeps its state is damaged
├── LogQueryError             a question to the prediction log is not understood
├── NoLogError                nothing is logged yet, or not here
├── LogUnreadableError        the embedded log cannot be read now
├── DeployError               a release cannot be made or taken back, or does not answer as it must
└── ModelError                something about a model
    ├── NoModelError          there is no such version, or none at all
    ├── StoreError            the store refuses, or was left in a state it does not know
    ├── UnsafeModelError      a model was refused before anything of it was run
    └── UnanswerableError     the model's answer to some rows is not a finite number

Messages say what is wrong, which value, and what to do next. They know no HTTP status.
"""

from __future__ import annotations

__all__ = [
    "ConfigError",
    "ContractError",
    "DataError",
    "DeployError",
    "HookError",
    "HooklineError",
    "ImageError",
    "LogQueryError",
    "LogStateError",
    "LogUnreadableError",
    "ModelError",
    "NoLogError",
    "NoModelError",
    "NotLoggedError",
    "ProjectError",
    "ScaffoldError",
    "ScoringError",
    "StoreError",
    "TrainingError",
    "UnanswerableError",
    "UnsafeModelError",
    "YamlError",
]


class HooklineError(Exception):
    """Be the root of every error that a person can act on."""


class ProjectError(HooklineError):
    """Say that a folder is not a hookline project, or lacks a file."""


class YamlError(HooklineError):
    """Say where a YAML file cannot be read."""


class ConfigError(HooklineError):
    """Say which setting is wrong and what it may be."""


class ContractError(HooklineError):
    """Say which declaration in features.yaml is wrong and what it may be."""


class HookError(HooklineError):
    """Say which hook is missing, misshapen, or failed, and where."""


class DataError(HooklineError):
    """Say which data does not keep the contract."""


class TrainingError(HooklineError):
    """Say why training cannot go on."""


class ImageError(HooklineError):
    """Say why a container image cannot be made, or how its answer differs."""


class NotLoggedError(HooklineError):
    """Say why the prediction log takes no records now."""


class LogStateError(HooklineError):
    """Say which file of the log's own is damaged, and how to go on."""


class LogQueryError(HooklineError):
    """Say which part of a question to the prediction log is not understood."""


class NoLogError(HooklineError):
    """Say that nothing is logged yet, or not here, and what to do."""


class LogUnreadableError(HooklineError):
    """Say why the embedded log cannot be read now."""


class DeployError(HooklineError):
    """Say why a release cannot be made or taken back, or what is wrong with its answers."""


class ScaffoldError(HooklineError):
    """Say why a project cannot be made or updated."""


class ScoringError(HooklineError):
    """Say why a file of rows cannot be scored, or a stopped run cannot go on."""


class ModelError(HooklineError):
    """Be the root of errors about models."""


class NoModelError(ModelError):
    """Say which version is missing and how to get one."""


class StoreError(ModelError):
    """Say why the model store refuses an operation."""


class UnsafeModelError(ModelError):
    """Say why a model is refused, before anything of it was run."""


class UnanswerableError(ModelError):
    """Say which rows, by their positions, the model gives no finite answer to."""

    def __init__(self, message: str, rows: tuple[int, ...]) -> None:
        super().__init__(message)
        self.rows = rows
