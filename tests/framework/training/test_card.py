from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hookline.project import open_project
from hookline.training import train
from tests.framework.helpers import FEATURES, LOADER, make_project, make_regression

HOSTILE = "</td><script>alert(1)</script>"
MARKS = "a|b `c` *d* <i>\\e</i>"


class Page(HTMLParser):
    """Collect tags, ids and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "use", "rect", "path", "image", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def ids(self) -> Iterator[str]:
        for _, attributes in self.tags:
            if attributes.get("id"):
                yield str(attributes["id"])


def cards(root: Path) -> tuple[str, str]:
    result = train(open_project(root, {}))
    folder = root / result.path
    return (folder / "card.html").read_text(), (folder / "card.md").read_text()


def with_label(tmp_path: Path, label: str, *, features: str = FEATURES) -> Path:
    loader = LOADER.replace(
        'label = np.where(size + (plan == "pro") * 3 > 6, "large", "small")', f"label = {label}"
    )
    assert loader != LOADER
    return make_project(
        tmp_path / "project", loader=loader, features=features, config="training: {compile: false}"
    )


def test_a_card_tells_what_when_from_what_and_how_good(project: Path) -> None:
    html, markdown = cards(project)
    page = Page(html)
    assert page.open == []
    for words in (
        "Classification of label",
        "accuracy",
        "baseline",
        "ROC",
        "Precision and recall",
        "Calibration",
        "Which classes it takes for which",
        "How much the log loss grows",
        "not in Git",
        "sha256:",
        "proved equal on",
        "scikit-learn",
        "RandomForestClassifier(n_estimators=10, random_state=0)",
    ):
        assert words in page.text, words
    for words in ("**label**", "| accuracy |", "proved equal on", "sha256:"):
        assert words in markdown, words


def test_a_card_for_a_regression_has_plots_that_suit_it(tmp_path: Path) -> None:
    html, markdown = cards(make_regression(tmp_path / "r", config="training: {compile: false}"))
    text = Page(html).text
    assert "Predicted and actual" in text
    assert "Residuals" in text
    assert "Which classes" not in text
    assert "| RMSE |" in markdown


def test_a_card_with_many_rows_draws_where_they_lie_densest(tmp_path: Path) -> None:
    root = make_regression(tmp_path / "r", config="training: {compile: false, test_size: 0.5}")
    loader = root / "source/data/data_loader.py"
    loader.write_text(loader.read_text().replace("n_rows or 300", "n_rows or 2400"))
    html, _ = cards(root)
    assert "data:image/png;base64," in html
    assert len(html) < 120_000


def test_a_card_loads_nothing_and_runs_nothing(project: Path) -> None:
    html, _ = cards(project)
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "form"}
    addresses = [
        value or ""
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href") or "url(" in (value or "")
    ]
    assert all(re.match(r"#|url\(#|data:image/png|clip", address) for address in addresses), addresses
    assert "default-src 'none'" in html
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)


def test_every_id_stands_once_and_every_plot_can_be_heard(project: Path) -> None:
    html, _ = cards(project)
    page = Page(html)
    ids = list(page.ids())
    assert len(ids) == len(set(ids))
    figures = [attributes for tag, attributes in page.tags if tag == "figure"]
    assert len(figures) == 3
    assert all(figure["role"] == "img" and figure["aria-label"] for figure in figures)


def test_names_from_data_are_never_read_as_markup(tmp_path: Path) -> None:
    features = FEATURES.replace("basic, pro, max", f"basic, pro, {HOSTILE!r}")
    root = with_label(tmp_path, f"np.where(size > 5, {HOSTILE!r}, {MARKS!r})", features=features)
    loader = root / "source/data/data_loader.py"
    loader.write_text(loader.read_text().replace('"max"', repr(HOSTILE)))
    html, markdown = cards(root)
    page = Page(html)
    assert "script" not in {tag for tag, _ in page.tags}
    assert "<script" not in html
    assert HOSTILE in page.text
    assert MARKS in page.text
    assert "<script" not in markdown
    assert "<i>" not in markdown
    rows = [line for line in markdown.splitlines() if "a\\|b" in line]
    assert rows
    assert all(len(re.findall(r"(?<!\\)\|", row)) in (5, 6) for row in rows)


def test_letters_that_no_plot_font_has_are_no_trouble(tmp_path: Path) -> None:
    html, _ = cards(with_label(tmp_path, "np.where(size > 5, '森$x^2$', '語$')"))
    assert "森$x^2$" in Page(html).text


def test_values_of_personal_features_never_reach_the_card(tmp_path: Path) -> None:
    private = FEATURES.replace("    ge: 0\n", "    ge: 0\n    log: drop\n").replace(
        "    type: category\n", "    type: category\n    log: hash\n"
    )
    root = make_project(tmp_path / "project", features=private, config="training: {compile: false}")
    html, markdown = cards(root)
    for card in (html, markdown.replace("\\", "")):
        assert "not shown (log: drop)" in card
        assert "not shown (log: hash)" in card
        assert "basic" not in card
    version = next((root / "model_bin").glob("2*"))
    assert "basic" not in (version / "profile.json").read_text()
    real = {f"{size:.6f}" for size in _sizes()}
    golden = {
        f"{float(size):.6f}"
        for size in re.findall(r'"size": ?([0-9.e+-]+)', (version / "golden.json").read_text())
    }
    assert golden
    assert not real & golden


def _sizes() -> list[float]:
    scope: dict[str, type] = {}
    exec(LOADER, scope)  # noqa: S102 - our own few lines
    return list(scope["DataLoader"]().load_data()["size"])


def test_many_classes_are_cut_to_those_with_most_rows(tmp_path: Path) -> None:
    html, markdown = cards(with_label(tmp_path, "[f'c{place % 25:02d}' for place in range(n)]"))
    page = Page(html)
    assert "5 more are not shown" in page.text
    assert "The 20 classes with most rows." in markdown


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_card_stays_small(tmp_path: Path, task: str) -> None:
    config = "training: {compile: false}"
    root = tmp_path / "project"
    html, _ = cards(
        make_regression(root, config=config) if task == "regression" else make_project(root, config=config)
    )
    assert len(html) < 120_000
