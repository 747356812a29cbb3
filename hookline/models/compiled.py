"""Answer with the compiled graph. Needs numpy and onnxruntime: no scikit-learn, no pandas, no pickle."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hookline.contract.columns import row_count
from hookline.contract.contract import Contract
from hookline.errors import ModelError
from hookline.models.answers import finite
from hookline.models.graph import Graph
from hookline.types import Columns, Prediction

__all__ = ["CompiledPredictor"]

_UNKNOWN = -1.0
"""The code of every text that no transformer has seen: to all of them it is the same."""


class CompiledPredictor:
    """Answer columns by a graph that holds preprocessor and estimator. Safe to call from several threads."""

    kind: Literal["compiled"] = "compiled"

    def __init__(self, contract: Contract, graph: bytes, *, threads: int = 1, bulk: bool = False) -> None:
        self.contract = contract
        self._graph = Graph(graph, threads=threads, bulk=bulk)
        if self._graph.scope != "whole":
            raise ModelError("the graph holds the estimator only and needs the preprocessor; train again")
        if self._graph.features != contract.names:
            raise ModelError(
                f"the graph was made for the features {', '.join(self._graph.features)}, "
                f"the contract names {', '.join(contract.names)}; train again"
            )
        words = self._graph.words
        self._codes: dict[str | None, float] = {word: float(code) for code, word in enumerate(words)}
        self._codes[None] = math.nan
        self._fill = [(place, f.name, f.is_text) for place, f in enumerate(contract) if f.type != "datetime"]

    def predict(self, columns: Columns) -> Prediction:
        """Answer every row of `columns`."""
        return self.predict_matrix(self.encode(columns))

    def encode(self, columns: Columns) -> NDArray[np.float64]:
        """Make the graph's matrix: a column per feature in the contract's order, text as codes, null as NaN.

        Matrices of several requests may be put under one another before they are answered.
        """
        # A graph never looks at times; their columns stay NaN.
        matrix = np.full((row_count(columns), len(self._graph.features)), math.nan)
        code = self._codes.get
        for place, name, is_text in self._fill:
            column = columns[name]
            matrix[:, place] = [code(text, _UNKNOWN) for text in column] if is_text else column
        return matrix

    def predict_matrix(self, matrix: NDArray[np.float64]) -> Prediction:
        """Answer every row of a matrix that `encode` made."""
        return finite(self._graph.run(matrix), self.contract.task)

    def close(self) -> None:
        """Do nothing: onnxruntime frees the session with its last reference."""
