"""fit_y and process_y."""

from __future__ import annotations

from hookline.check.bench import Bench
from hookline.hooks import answers, hook_call


def fit(bench: Bench) -> None:
    """Let it learn from the target."""
    with hook_call("Preprocessor.fit_y"):
        bench.preprocessor.fit_y(bench.y)


def process(bench: Bench) -> None:
    """Turn the target into what the model is trained on."""
    bench.y_processed = answers.process_y(bench.preprocessor, bench.contract, bench.y)
