from __future__ import annotations

from pathlib import Path

import pytest

from docs import generate
from docs.generate import ROOT, Part
from hookline.config import Settings, load_settings
from hookline.config.starter import starter_text
from hookline.config.table import Setting, table
from hookline.yamlfile import read_yaml_text


def test_no_generated_part_of_the_manual_is_stale() -> None:
    assert generate.stale() == [], "run `make docs`"


@pytest.mark.parametrize("setting", table().values(), ids=lambda setting: setting.path)
def test_the_manual_names_every_setting_with_its_variable(setting: Setting) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert f"| `{setting.key}` | {setting.help} |" in page
    assert f"`{setting.variable}`" in page


def test_the_projects_own_config_lists_every_key_with_its_comment_and_default() -> None:
    assert (ROOT / "config.yaml").read_text(encoding="utf-8") == starter_text()


def test_the_starter_file_sets_every_default_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(starter_text(), encoding="utf-8")
    assert load_settings(tmp_path, {}) == Settings()
    content = read_yaml_text(starter_text(), name="config.yaml").content
    set_here = {(section, key) for section, group in content.items() for key in group}
    assert set_here == {path for path, setting in table().items() if not setting.secret}


def test_the_starter_file_is_yours() -> None:
    assert starter_text().startswith("# Yours: ")


def test_generating_renews_what_is_stale_and_leaves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- generated: x -->\nold\n<!-- end: x -->\nafter\n", encoding="utf-8")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "PARTS", (Part("page.md", "x", lambda: r"new \1"),))
    assert generate.stale() == ["page.md"]
    generate.main()
    expected = "before\n<!-- generated: x -->\n\nnew \\1\n\n<!-- end: x -->\nafter\n"
    assert page.read_text(encoding="utf-8") == expected
    generate.main()
    assert (page.read_text(encoding="utf-8"), capsys.readouterr().out) == (expected, "renewed page.md\n")


def test_a_page_without_the_place_is_an_error() -> None:
    with pytest.raises(SystemExit, match=r"page.md: mark the place once"):
        Part("page.md", "x", str).renew("no marks here")
