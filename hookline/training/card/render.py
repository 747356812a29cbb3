"""Fill the card's two templates. Every text is escaped: names of classes and features come from data."""

from __future__ import annotations

import html
import warnings
from functools import cache
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

import hookline
from hookline.training.card.facts import CardFacts
from hookline.training.card.summary import summary
from hookline.training.classification import confusion_matrix, per_class
from hookline.training.words import figure, share
from hookline.words import counted

__all__ = ["card_html", "card_markdown"]

_MOST_CLASSES = 20


def card_html(facts: CardFacts) -> str:
    """Write the card as one page that needs nothing else."""
    from hookline.training.card.plots import plots  # noqa: PLC0415 - Matplotlib is slow to import and large

    with warnings.catch_warnings():
        # A class called 森 has no glyph in Matplotlib's own font; the browser brings one.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        drawn = list(plots(facts))
    return _template("card.html.j2").render(_words(facts), plots=drawn)


def card_markdown(facts: CardFacts) -> str:
    """Write the card as Markdown, for a repository or a chat."""
    return _template("card.md.j2").render(_words(facts))


@cache
def _template(name: str) -> Template:
    markdown = name.endswith(".md.j2")
    environment = Environment(
        loader=PackageLoader("hookline.training.card", "."),
        autoescape=not markdown,  # noqa: S701 - the Markdown template escapes by `finalize`
        finalize=_markdown_text if markdown else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": figure, "share": share, "counted": counted, "summary": summary}
    return environment.get_template(name)


def _markdown_text(value: Any) -> Any:
    """Escape what Markdown or HTML would read as markup, tables included."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = html.escape(" ".join(value.split()), quote=False)
    return "".join(f"\\{letter}" if letter in "\\`*_[]|#~" else letter for letter in text)


def _words(facts: CardFacts) -> dict[str, Any]:
    strongest = max((gain for _, gain in facts.importance.features), default=0.0)
    return {
        "facts": facts,
        "contract": facts.contract,
        "metrics": facts.evaluation.metrics,
        "tiles": [m for m in facts.evaluation.metrics if m.name in _TILES and m.value is not None],
        "estimator": type(facts.estimator).__name__,
        "settings": _settings(facts.estimator),
        "confusion": _confusion(facts) if facts.classes else None,
        "strongest": strongest,
        "served": _served(facts),
        "hookline_version": hookline.__version__,
        "features": facts.profile["features"],
    }


_TILES = ("accuracy", "f1_macro", "roc_auc", "rmse", "mae", "r2")


def _served(facts: CardFacts) -> tuple[str, str]:
    if not facts.verdict.adopted:
        return "native", "the model as it was fitted"
    if facts.verdict.scope == "estimator":
        return "half compiled", "a proved graph behind process_X"
    return "compiled", "one graph, proved equal"


def _settings(estimator: Any) -> str:
    """Return how the model was made, as scikit-learn writes it; of other models, the name."""
    if not type(estimator).__module__.startswith("sklearn."):
        return type(estimator).__name__
    return " ".join(repr(estimator).split())[:600]


def _confusion(facts: CardFacts) -> dict[str, Any]:
    """Count answers by class; of many classes, show those with most rows."""
    matrix = confusion_matrix(facts.evaluation.truth, facts.labels, len(facts.classes))
    recall, precision, f1, rows = per_class(matrix)
    shown = np.sort(np.argsort(-rows, kind="stable")[:_MOST_CLASSES])
    part = matrix[np.ix_(shown, shown)]
    return {
        "names": [facts.classes[position] for position in shown],
        "more": len(facts.classes) - len(shown),
        "counts": part.tolist(),
        "shares": (part / np.maximum(rows[shown], 1)[:, None]).tolist(),
        "scores": [
            (facts.classes[p], float(precision[p]), float(recall[p]), float(f1[p]), int(rows[p]))
            for p in shown
        ],
    }
