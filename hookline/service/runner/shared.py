"""What the workers of one generation share: settings, plan, port, and the model, loaded once and proved."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, Self

from hookline.config import Settings
from hookline.models.loading import load_model
from hookline.models.manifest import Manifest
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from hookline.service.app import create_app
from hookline.service.keys import read_keys
from hookline.service.ledger import FOLDER
from hookline.service.logs import configure_logs
from hookline.service.model import ServedModel
from hookline.service.runner.line import Line
from hookline.service.runner.nursery import Nursery
from hookline.service.runner.plan import Plan
from hookline.service.runner.preview import current_manifest, plan_for
from hookline.service.runner.tally import Tally
from hookline.service.runner.threads import count_threads
from hookline.service.runner.uvicorn_check import check_uvicorn
from hookline.service.runner.worker import serve
from hookline.service.tracing import check_tracing

__all__ = ["Shared"]

_MOST_FILES = 65_536
"""Files a process may have open. A connection is one, and the usual 1,024 are soon used up."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Load what is shared, then fork the workers that serve it."""

    settings: Settings
    root: Path
    plan: Plan
    manifest: Manifest | None
    model: ServedModel | None = None

    @classmethod
    def load(cls, settings: Settings, root: Path, *, apart: bool) -> Self:
        """Load and prove the current model, unless every worker is to load it for itself."""
        check_uvicorn()
        configure_logs(settings.service.log_format)
        read_keys(settings, root)  # bad keys are found before anything is started
        check_tracing(settings)
        manifest = current_manifest(settings, root)
        plan = plan_for(settings, manifest, apart=apart)
        shared = cls(settings, root, plan, manifest)
        return replace(shared, model=shared.load_model()) if plan.shares_model else shared

    def load_model(self) -> ServedModel | None:
        """Load the version that this generation is about, whichever is current by now."""
        if self.manifest is None:
            return None
        policy = LoadPolicy.from_settings(self.settings.models, self.root)
        store = ModelStore(self.root / self.settings.models.directory)
        return ServedModel.of(load_model(store, self.manifest.version, policy, threads=self.plan.threads))

    def serve(self, line: Line) -> int:
        """Fork the workers, and stay until they are gone; return the exit code."""
        if self.model is not None and count_threads() > 1:
            _start_apart(self.root, line)
        line.tell(
            event="plan",
            lines=self.plan.lines(),
            plan=self.plan.plain(),
            version=None if self.manifest is None else self.manifest.version,
        )
        files = line.take(2)
        if len(files) < 2:
            return 1  # the supervisor is gone
        _allow_files()
        with socket.socket(fileno=files[0]) as listener:
            return self._keep_workers(line, listener, permit=files[1])

    def _keep_workers(self, line: Line, listener: socket.socket, *, permit: int) -> int:
        service, tally = self.settings.service, Tally(self.plan.workers)
        nursery = Nursery(
            self.plan.workers,
            self._work(listener, permit, tally),
            line=line,
            patience=service.drain_delay + service.drain_seconds,
            buried=tally.leave,
        )
        code = nursery.run(
            model_id=None if self.manifest is None else str(self.manifest.model_id), docs=service.docs
        )
        if nursery.orphaned:
            shutil.rmtree(os.environ[FOLDER], ignore_errors=True)
        return code

    def _work(
        self, listener: socket.socket, permit: int, tally: Tally
    ) -> Callable[[int, Callable[[], None]], None]:
        def work(number: int, ready: Callable[[], None]) -> None:
            app = create_app(self.settings, root=self.root, predictor=self.model or self.load_model())
            serve(app, self.settings, listener, permit=permit, share=tally.share(number), ready=ready)

        return work


def _start_apart(root: Path, line: Line) -> NoReturn:
    """Begin again and load after the fork: the model started threads, which would not live on in it."""
    os.set_inheritable(line.fileno(), True)
    words = [
        sys.executable,
        "-P",
        "-m",
        "hookline.service.runner.stem",
        str(root),
        str(line.fileno()),
        "--apart",
    ]
    os.execv(sys.executable, words)  # noqa: S606 - our own module, no shell wanted


def _allow_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
