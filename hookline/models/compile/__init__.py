"""Turn a fitted model into a graph, and prove that nothing changes but the speed. Used in training only."""

from hookline.models.compile.model import compile_model
from hookline.models.compile.verdict import Verdict, not_compiled

__all__ = ["Verdict", "compile_model", "not_compiled"]
