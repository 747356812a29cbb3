"""Answer with the compiled graph. Needs numpy and onnxruntime: no scikit-learn, no pandas, no pickle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hookline.contract.contract import Contract
from hookline.errors import ModelError
from hookline.models.answers import finite
from hookline.models.graph import Graph
from hookline.models.matrix import MatrixMaker
from hookline.types import Columns, Prediction

__all__ = ["CompiledPredictor"]


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
        self._matrix = MatrixMaker(contract, self._graph.words)

    def predict(self, columns: Columns) -> Prediction:
        """Answer every row of `columns`."""
        return self.predict_matrix(self.encode(columns))

    def encode(self, columns: Columns) -> NDArray[np.float64]:
        """Make the graph's matrix: a column per feature in the contract's order, text as codes, null as NaN.

        Matrices of several requests may be put under one another before they are answered.
        """
        return self._matrix.of_columns(columns)

    def encode_rows(self, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """Make the same matrix of valid rows, without columns in between."""
        return self._matrix.of_rows(rows)

    def predict_matrix(self, matrix: NDArray[np.float64]) -> Prediction:
        """Answer every row of a matrix that `encode` made."""
        return finite(self._graph.run(matrix), self.contract.task)

    def close(self) -> None:
        """Do nothing: onnxruntime frees the session with its last reference."""
