"""Everything the card tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hookline.contract import Contract
from hookline.contract.conform import Violation
from hookline.models.compile import Verdict
from hookline.training.commit import Commit
from hookline.training.evaluate import Evaluation
from hookline.training.importance import Importance

__all__ = ["CardFacts"]


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Hold what was trained and what came of it."""

    name: str
    created: datetime
    contract: Contract
    classes: tuple[str, ...]
    estimator: Any = field(repr=False)
    rows: int
    refit: bool
    stratified: bool
    fingerprint: str
    commit: Commit | None
    evaluation: Evaluation
    importance: Importance
    profile: dict[str, Any] = field(repr=False)
    verdict: Verdict
    violations: tuple[Violation, ...]
    remarks: tuple[str, ...]
    libraries: dict[str, str]

    @property
    def holdout_rows(self) -> int:
        """Count the rows that the metrics come from."""
        return len(self.evaluation.truth)

    @property
    def labels(self) -> NDArray[np.int64]:
        """Return the predicted classes of the holdout."""
        labels = self.evaluation.prediction.labels
        assert labels is not None  # noqa: S101 - asked for classifications only
        return labels
