"""The card's plots as SVG that takes its colours from the page, so that they fit its light and its dark look.

Matplotlib by its object API: no pyplot, no global figure, nothing to close.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from hookline.training.card.facts import CardFacts
from hookline.training.classification import reliability

__all__ = ["Plot", "plots"]

_INK, _FAINT, _ACCENT = "#123456", "#123457", "#123458"
"""Stand-ins that no plot uses otherwise; the page's own colours take their place."""
_PAGE_COLOURS = {_INK: "currentColor", _FAINT: "var(--faint)", _ACCENT: "var(--accent)"}
_SERIES = ("#3b82f6", "#f59e0b", "#10b981", "#ec4899", "#8b5cf6", "#06b6d4")
_RC: dict[Any, Any] = {"svg.fonttype": "none"}  # text stays text: the page's own font, and readable to all
_POINTS = 200
_SCATTER = 1000
_CELLS = 40


@dataclass(frozen=True, slots=True)
class Plot:
    """Hold a picture with its title and with what it tells to somebody who cannot see it."""

    title: str
    text: str
    svg: Markup


def plots(facts: CardFacts) -> Iterator[Plot]:
    """Draw the plots that suit the task."""
    if facts.evaluation.task == "regression":
        yield _predicted_and_actual(facts)
        yield _residuals(facts)
        yield _residual_spread(facts)
    elif facts.evaluation.prediction.probabilities is not None:
        yield _roc(facts)
        yield _precision_recall(facts)
        yield _calibration(facts)


def _roc(facts: CardFacts) -> Plot:
    figure, axes = _canvas("false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color=_FAINT, linewidth=1, linestyle="--")
    for name, colour, actual, score in _curves(facts):
        false, true, _ = roc_curve(actual, score)
        _line(axes, false, true, name, colour)
    area = facts.evaluation["roc_auc"].value
    text = "ROC curve" if area is None else f"ROC curve; the area under it is {area:.3f}"
    return Plot("ROC", text, _svg(figure, axes, "roc"))


def _precision_recall(facts: CardFacts) -> Plot:
    figure, axes = _canvas("recall", "precision")
    for name, colour, actual, score in _curves(facts):
        precision, recall, _ = precision_recall_curve(actual, score)
        axes.axhline(float(actual.mean()), color=colour, linewidth=0.8, linestyle=":", alpha=0.7)
        _line(axes, recall, precision, name, colour)
    return Plot(
        "Precision and recall",
        "Precision against recall; dotted: the share of the class",
        _svg(figure, axes, "pr"),
    )


def _calibration(facts: CardFacts) -> Plot:
    probabilities = facts.evaluation.prediction.probabilities
    assert probabilities is not None  # noqa: S101 - asked for only where there are some
    bins = reliability(facts.evaluation.truth, probabilities)
    figure, axes = _canvas("how sure the model was", "how often it was right")
    axes.plot([0, 1], [0, 1], color=_FAINT, linewidth=1, linestyle="--")
    axes.plot(bins.confidence, bins.accuracy, color=_ACCENT, linewidth=1.6)
    sizes = 14 + 110 * bins.rows / bins.rows.max()
    axes.scatter(bins.confidence, bins.accuracy, s=sizes, color=_ACCENT, alpha=0.85, linewidths=0)
    text = f"Reliability of the most likely class; expected calibration error {bins.error:.3f}"
    return Plot("Calibration", text, _svg(figure, axes, "calibration"))


def _predicted_and_actual(facts: CardFacts) -> Plot:
    actual, predicted = _values(facts)
    figure, axes = _canvas("actual", "predicted", unit_square=False)
    low, high = float(min(actual.min(), predicted.min())), float(max(actual.max(), predicted.max()))
    axes.plot([low, high], [low, high], color=_FAINT, linewidth=1, linestyle="--")
    _cloud(axes, actual, predicted)
    return Plot(
        "Predicted and actual", "Predicted against actual values; dashed: equal", _svg(figure, axes, "actual")
    )


def _residuals(facts: CardFacts) -> Plot:
    actual, predicted = _values(facts)
    figure, axes = _canvas("predicted", "predicted - actual", unit_square=False)
    axes.axhline(0, color=_FAINT, linewidth=1, linestyle="--")
    _cloud(axes, predicted, predicted - actual)
    return Plot("Residuals", "Residuals against predicted values", _svg(figure, axes, "residuals"))


def _residual_spread(facts: CardFacts) -> Plot:
    actual, predicted = _values(facts)
    figure, axes = _canvas("predicted - actual", "rows", unit_square=False)
    counts, edges = np.histogram(predicted - actual, bins=30)
    axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=_ACCENT, linewidth=0)
    axes.axvline(0, color=_FAINT, linewidth=1, linestyle="--")
    return Plot("Spread of residuals", "Histogram of the residuals", _svg(figure, axes, "spread"))


def _curves(facts: CardFacts) -> Iterator[tuple[str, str, NDArray[np.bool_], NDArray[np.float64]]]:
    """Give each class against the rest; of two classes the second, of many those with most rows."""
    truth, probabilities = facts.evaluation.truth, facts.evaluation.prediction.probabilities
    assert probabilities is not None  # noqa: S101 - asked for only where there are some
    rows = np.bincount(truth, minlength=len(facts.classes))
    chosen = [1] if len(facts.classes) == 2 else sorted(np.argsort(-rows)[: len(_SERIES)])
    for colour, position in zip(_SERIES, chosen, strict=False):
        if 0 < rows[position] < len(truth):
            yield facts.classes[position], colour, truth == position, probabilities[:, position]


def _values(facts: CardFacts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values = facts.evaluation.prediction.values
    assert values is not None  # noqa: S101 - asked for regressions only
    return facts.evaluation.truth, values


def _canvas(x: str, y: str, *, unit_square: bool = True) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(3.5, 3.0), layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlabel=x, ylabel=y)
    if unit_square:
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
    axes.grid(color=_FAINT, linewidth=0.5, alpha=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(color=_FAINT, labelcolor=_INK, length=0)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(_INK)
    for side, spine in axes.spines.items():
        spine.set_color(_FAINT)
        spine.set_visible(side in ("left", "bottom"))
    return figure, axes


def _line(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], name: str, colour: str) -> None:
    """Draw a curve of a few points: nobody sees the thousands between them."""
    few = np.unique(np.linspace(0, len(x) - 1, min(len(x), _POINTS)).astype(np.int64))
    axes.plot(x[few], y[few], color=colour, linewidth=1.8, label=_shortened(name))


def _cloud(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Draw points; of many rows a picture of where they lie densest."""
    if len(x) <= _SCATTER:
        axes.scatter(x, y, s=9, color=_ACCENT, alpha=0.55, linewidths=0)
        return
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=_CELLS)
    clear_to_blue = LinearSegmentedColormap.from_list("cloud", [(0.23, 0.51, 0.96, 0), (0.23, 0.51, 0.96, 1)])
    axes.imshow(
        np.sqrt(counts.T),
        origin="lower",
        aspect="auto",
        cmap=clear_to_blue,
        extent=(x_edges[0], x_edges[-1], y_edges[0], y_edges[-1]),
        interpolation="nearest",
        zorder=2,
    )


def _shortened(name: str) -> str:
    # A dollar sign would start a formula.
    text = name if len(name) <= 18 else f"{name[:17]}…"
    return text.replace("$", r"\$")


def _svg(figure: Figure, axes: Axes, name: str) -> Markup:
    if axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False, labelcolor=_INK, loc="lower left" if name == "pr" else "lower right")
    out = io.StringIO()
    with rc_context({**_RC, "svg.hashsalt": name}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r'\1 aria-hidden="true"', svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    # Matplotlib names every group; several plots on a page would give each name twice.
    used = set(re.findall(r"#([\w.-]+)", svg))
    svg = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in used else "", svg)
    for stand_in, colour in _PAGE_COLOURS.items():
        svg = svg.replace(stand_in, colour)
    return Markup(svg)  # noqa: S704 - Matplotlib has escaped every text in it
