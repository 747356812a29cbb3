"""An ONNX graph that answers a matrix. Needs numpy and onnxruntime only.

A graph has one input, `matrix` (rows of doubles), and gives `probabilities`, `labels` or both, or `values`.
Without `labels` the label is the most probable class. What else a reader must know stands in the graph's
metadata under the key `hookline`:

    format     1
    scope      "whole": the matrix holds the contract's features; "estimator": what process_X returns
    features   the contract's features in order (scope "whole")
    words      every text that the graph can tell apart; a text becomes its position here, any other text -1
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hookline.errors import ModelError
from hookline.models.apart import trees_apart
from hookline.types import Prediction

# From 1.29 on it reports to its maker as soon as it is imported, by a thread that no fork survives with.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnxruntime as ort

__all__ = ["FORMAT", "METADATA_KEY", "Graph", "Scope"]

FORMAT = 1
METADATA_KEY = "hookline"
Scope: TypeAlias = Literal["whole", "estimator"]
_ERRORS_ONLY = 3
_ROWS, _ROWS_APART = 1024, 65_536
"""Rows of a call to trees: more of them, and their answers leave the cache before they are added up. When the
trees stand apart, with fewer rows a tree comes into the cache for too little."""
_TREES = b"TreeEnsemble"


class Graph:
    """Run a graph. Safe to call from several threads at once.

    With `bulk` it is made for many rows at a time: large forests answer several times as fast, and a single
    row more slowly. The answers are the same to the bit.
    """

    def __init__(self, graph: bytes, *, threads: int = 1, bulk: bool = False) -> None:
        apart = trees_apart(graph) if bulk else None
        self._most = _ROWS_APART if apart else _ROWS if _TREES in graph else 0
        self._session = _session(apart or graph, threads, bulk=bulk)
        notes = _notes(self._session.get_modelmeta().custom_metadata_map)
        self.scope: Scope = notes["scope"]
        self.features: tuple[str, ...] = tuple(notes["features"])
        self.words: tuple[str, ...] = tuple(notes["words"])
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, matrix: NDArray[np.float64]) -> Prediction:
        """Answer every row of `matrix`."""
        answers = dict(zip(self._outputs, self._run(matrix), strict=True))
        probabilities = answers.get("probabilities")
        labels = answers.get("labels")
        if labels is None and probabilities is not None:
            labels = probabilities.argmax(axis=1)
        values = answers.get("values")
        return Prediction(labels, probabilities, None if values is None else values[:, 0])

    def _run(self, matrix: NDArray[np.float64]) -> Sequence[NDArray[Any]]:
        rows = len(matrix)
        if not self._most or rows <= self._most:
            return self._call(matrix)
        parts = [self._call(part) for part in np.array_split(matrix, -(-rows // self._most))]
        return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]

    def _call(self, matrix: NDArray[np.float64]) -> Sequence[NDArray[Any]]:
        answers: Sequence[NDArray[Any]] = self._session.run(self._outputs, {"matrix": matrix})
        return answers


def _session(graph: bytes, threads: int, *, bulk: bool) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    # The levels above fuse a scale into a product as a float32, which costs half of a double's digits.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = _ERRORS_ONLY
    # A pattern has a place for every answer of a run at once, however soon it is done with.
    options.enable_mem_pattern = not bulk
    # A spinning thread answers no faster here, and takes a core from its neighbours.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own without a common base
        words = " ".join(str(error).split())
        raise ModelError(f"onnxruntime cannot load the graph: {words}; train again") from error


def _notes(metadata: dict[str, str]) -> dict[str, Any]:
    notes: dict[str, Any] = json.loads(metadata.get(METADATA_KEY, "{}"))
    if notes.get("format") != FORMAT:
        raise ModelError(
            f"the graph has format {notes.get('format')}, this hookline reads {FORMAT}; "
            "train again, or use the hookline that the model was trained with"
        )
    return notes
