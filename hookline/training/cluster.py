"""Where joblib runs the parallel parts of a fit: here, or on a Dask cluster."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from typing import Any

import joblib

from hookline.config.sections import Training
from hookline.errors import TrainingError
from hookline.words import counted

__all__ = ["fit_backend"]

_PATIENCE = 5
"""Seconds to wait for a scheduler: people were promised an answer within ten."""


@contextlib.contextmanager
def fit_backend(training: Training) -> Iterator[str]:
    """Let joblib run where the settings say; tell where that is."""
    if training.backend == "local":
        yield ""
        return
    with _client(training.dask_scheduler) as client, _source_by_value():
        from hookline.training.dask_backend import ByValueBackend  # noqa: PLC0415 - only with the extra `dask`

        with joblib.parallel_config(backend=ByValueBackend(client=client), n_jobs=-1):
            workers = len(client.scheduler_info(n_workers=-1)["workers"])
            yield f" on {counted(workers, 'Dask worker')} at {training.dask_scheduler}"


@contextlib.contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client  # noqa: PLC0415 - only with the extra `dask`
    except ImportError as error:
        raise TrainingError(
            "training.backend is dask, but Dask is not installed; `pip install 'hookline[dask]'`"
        ) from error
    with _quiet("distributed"), contextlib.ExitStack() as stack:
        try:
            client = stack.enter_context(Client(address, timeout=_PATIENCE, set_as_default=False))
        except (OSError, ValueError, ImportError) as error:
            raise TrainingError(
                f"no Dask scheduler answers at {address} (training.dask_scheduler); start one with "
                "`dask scheduler`, or set training.backend: local"
            ) from error
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise TrainingError(
                f"the Dask scheduler at {address} has no workers; start some with `dask worker {address}`"
            ) from error
        yield client


@contextlib.contextmanager
def _source_by_value() -> Iterator[None]:
    """Ship the user's own classes and functions with each task: workers need not have the project."""
    import cloudpickle  # noqa: PLC0415 - comes with the extra `dask`

    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == "source"]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


@contextlib.contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a library's retries out of the output: what they come to is said in one sentence."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
