"""From fitted objects to graph values: two questions, answered per class in `converters`.

`transform(model, sheet)` gives the sheet that model.transform would give; `ask(model, sheet)` what its
predict methods would. A class that no converter knows goes to skl2onnx.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from hookline.models.compile import foreign
from hookline.models.compile.outputs import Outputs
from hookline.models.compile.sheet import Sheet

__all__ = ["ask", "transform"]


@singledispatch
def transform(model: Any, sheet: Sheet) -> Sheet:
    """Write what `model.transform` does."""
    return foreign.transform(model, sheet)


@singledispatch
def ask(model: Any, sheet: Sheet) -> Outputs:
    """Write what `model.predict`, `predict_proba` and `decision_function` answer."""
    return foreign.ask(model, sheet)
