"""Score a chunk: a pure function of the chunk, so that it may run in any thread or on any machine."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hookline.contract import Contract
from hookline.contract.columns import take
from hookline.scoring.chunk import Chunk
from hookline.scoring.isolate import predict_each
from hookline.scoring.layout import Layout
from hookline.scoring.numbers import Mask
from hookline.scoring.sift import Sieve
from hookline.service.problems import Fault
from hookline.types import Prediction, Predictor

__all__ = ["Encode", "Scored", "Scorer"]

Encode: TypeAlias = Callable[[pa.RecordBatch], bytes]


@dataclass(frozen=True, slots=True)
class Scored:
    """Hold what a chunk came to: the output's bytes, and what is wrong with which of its rows."""

    rows: int
    data: bytes = field(repr=False)
    faults: tuple[tuple[int, Fault], ...]


class Scorer:
    """Score chunks. Safe to call from several threads."""

    def __init__(self, contract: Contract, predictor: Predictor, layout: Layout, encode: Encode) -> None:
        self._sieve = Sieve(contract)
        self._predictor = predictor
        self._layout = layout
        self._encode = encode
        self._telling = all(feature.log == "raw" for feature in contract)
        # Hooks were never asked to stand two calls at once; a graph stands any number.
        self._turn: contextlib.AbstractContextManager[object] = (
            contextlib.nullcontext() if predictor.kind == "compiled" else threading.Lock()
        )

    def __call__(self, chunk: Chunk) -> Scored:
        """Score a chunk."""
        read = chunk.read()
        sifted = self._sieve.sift(read)
        prediction, failed = self._predict(sifted.columns, sifted.good)
        answered = sifted.good.copy()
        answered[list(failed)] = False
        batch = self._layout.arrange(read.table, prediction, answered)
        faults = sifted.faults | {
            row: [Fault("", "model", self._words(error))] for row, error in failed.items()
        }
        found = tuple((row, fault) for row in sorted(faults) for fault in faults[row])
        return Scored(batch.num_rows, self._encode(batch), found)

    def _predict(
        self, columns: Mapping[str, NDArray[Any]], good: Mask
    ) -> tuple[Prediction, dict[int, Exception]]:
        """Predict the good rows; name the rows the model fails on."""
        if not good.any():
            return Prediction(), {}
        if not good.all():
            columns = take(columns, good)
        elif self._predictor.kind == "native":  # hooks may write into what they are given
            columns = {n: one if one.flags.writeable else one.copy() for n, one in columns.items()}
        with self._turn:
            prediction, failed = predict_each(self._predictor, columns)
        places = np.flatnonzero(good)
        return prediction, {int(places[row]): error for row, error in failed.items()}

    def _words(self, error: Exception) -> str:
        # What a hook says may hold values that must not be shown.
        said = f": {error}" if self._telling else ""
        return f"The model fails on this row ({type(error).__name__}{said})."
