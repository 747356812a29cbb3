"""How a model is trained."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from hookline.config.sections.section import Section, together
from hookline.config.values import SchedulerAddress

__all__ = ["Training"]


class Training(Section):
    """How `hookline train` works."""

    test_size: float = Field(
        default=0.2, gt=0, lt=1, description="share of the rows held out for the metrics"
    )
    seed: int = Field(default=42, ge=0, le=2**32 - 1, description="makes the holdout repeatable")
    refit: bool = Field(default=True, description="after the metrics, fit once more on all rows")
    on_violation: Literal["fail", "drop", "keep"] = Field(
        default="fail",
        description="rows that break features.yaml: stop, leave them out, or use them all the same",
    )
    compile: bool = Field(default=True, description="try to turn the model into a graph, and prove it equal")
    golden_rows: int = Field(
        default=50, ge=1, le=10_000, description="rows whose answers a loaded model must reproduce"
    )
    backend: Literal["local", "dask"] = Field(default="local", description="where joblib runs parallel fits")
    dask_scheduler: SchedulerAddress = Field(
        default="", description="address of the Dask scheduler, for `backend: dask`"
    )

    @model_validator(mode="after")
    def _dask_has_a_scheduler(self) -> Self:
        if self.backend == "dask" and not self.dask_scheduler:
            raise together(
                "backend", "is dask; set `training.dask_scheduler` too, such as tcp://127.0.0.1:8786"
            )
        return self
