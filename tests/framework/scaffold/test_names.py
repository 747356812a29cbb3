from __future__ import annotations

import pytest

from hookline.config import Settings
from hookline.config.table import table
from hookline.errors import ScaffoldError
from hookline.scaffold.names import Names


@pytest.mark.parametrize(
    ("name", "title", "slug"),
    [
        ("churn", "churn", "churn"),
        ("Churn of customers", "Churn of customers", "churn-of-customers"),
        ("churn_model-2", "churn_model-2", "churn-model-2"),
        ("3d prints", "3d prints", "service-3d-prints"),
        ("Kündigung, Straße & Co.", "Kündigung, Straße & Co.", "kundigung-strasse-co"),
        ("  spaces   within ", "spaces within", "spaces within".replace(" ", "-")),
        ("-dashes-", "-dashes-", "dashes"),
        ("予測 churn", "予測 churn", "churn"),
        ("e\u0301te\u0301", "été", "ete"),
        ("हिन्दी model", "हिन्दी model", "model"),
        ("service", "service", "service"),
    ],
)
def test_a_name_gives_all_names(name: str, title: str, slug: str) -> None:
    names = Names.of(name)
    assert (names.title, names.slug) == (title, slug)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("予測", "has no letter from a to z"),
        ("", "has no letter from a to z"),
        ("...", "has no letter from a to z"),
        ("{{ churn }}", "holds '{'"),
        ("a/b", "holds '/'"),
        ("a\x1bb", r"holds '\\x1b'"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", r"holds '\\u202e'"),
        ("<b>", "holds '<'"),
        ("$(reboot)", r"holds '\$'"),
        ("x" * 46, "is too long"),
    ],
)
def test_a_name_that_will_not_do_is_refused_in_a_sentence(name: str, words: str) -> None:
    with pytest.raises(ScaffoldError, match=words):
        Names.of(name)


@pytest.mark.parametrize(
    "name", ["churn", "3d", "Kündigung, Straße & Co.", "service", "x" * 45, "on", "null", "a'b"]
)
def test_every_setting_that_follows_from_a_name_is_allowed(name: str) -> None:
    nested: dict[str, dict[str, object]] = {}
    for path, value in Names.of(name).settings().items():
        section, key = path.split(".")
        nested.setdefault(section, {})[key] = value
    Settings.model_validate(nested)


def test_the_names_of_this_repository_are_its_settings() -> None:
    for path, value in Names.of("hookline-service").settings().items():
        section, key = path.split(".")
        assert table()[section, key].default == value
