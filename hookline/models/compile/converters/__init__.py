"""What compiles: each module here answers `transform` or `ask` for some of scikit-learn's classes.

Importing the package makes them known; a class that none of them knows goes to skl2onnx.
"""

from hookline.models.compile.converters import (
    bayes,
    boosting,
    compose,
    encode,
    ensemble,
    functions,
    histogram,
    impute,
    linear,
    neural,
    scale,
    trees,
    vectors,
)

__all__ = [
    "bayes",
    "boosting",
    "compose",
    "encode",
    "ensemble",
    "functions",
    "histogram",
    "impute",
    "linear",
    "neural",
    "scale",
    "trees",
    "vectors",
]
