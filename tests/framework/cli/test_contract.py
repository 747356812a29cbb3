from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hookline.cli import main

FEATURES = """\
target_label: y
input_features:
  - {name: size, ge: 0}
  - {name: plan, type: category, choices: [a]}
"""
CSV = "id,size,plan,y\n" + "".join(f"{i * 3},{i % 7},{'ab'[i % 2]},{'pq'[i % 3 % 2]}\n" for i in range(60))


class Said(NamedTuple):
    code: int
    out: str
    error: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `hookline contract` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run_command(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["hookline", "contract", *words])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return Said(code, *capsys.readouterr())

    return run_command


@pytest.fixture
def features(tmp_path: Path) -> Path:
    path = tmp_path / "features.yaml"
    path.write_text(FEATURES)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(CSV)
    return path


def test_show_prints_the_projects_contract(run: Run, project: Path) -> None:
    said = run("show", "--project", str(project))
    assert said.code == 0
    assert "basic, pro, max, …" in said.out
    assert "classification of label · sha256:" in said.out


def test_show_prints_the_contract_of_a_file(run: Run, features: Path) -> None:
    assert "≥ 0" in run("show", str(features)).out


def test_show_speaks_json(run: Run, features: Path) -> None:
    plain = run("show", str(features), "--json").json
    assert list(plain) == ["task", "target_label", "fingerprint", "input_features"]
    assert [feature["name"] for feature in plain["input_features"]] == ["size", "plan"]


def test_show_names_what_is_missing(run: Run, tmp_path: Path) -> None:
    said = run("show", "no.yaml")
    assert (said.code, said.out) == (1, "")
    assert said.error.startswith("error: no.yaml does not exist")


def test_infer_prints_a_draft(run: Run, data: Path) -> None:
    said = run("infer", str(data), "--target", "y")
    assert said.code == 0
    assert said.out.startswith("# Yours: ")
    assert "\n  # - name: id " in said.out


def test_infer_writes_a_file_that_show_reads(run: Run, data: Path, tmp_path: Path) -> None:
    said = run("infer", str(data), "-t", "y", "-o", "drafted.yaml", "--id", "size")
    assert said.out == (
        "wrote drafted.yaml: classification of y, 1 feature\n"
        "  left out id: looks like an identifier: by its name, and no two values are equal\n"
        "  left out size: the identifier of a row; set `service.ID_NAME` in config.yaml to have it logged\n"
        "look through it, then run `hookline contract show drafted.yaml`\n"
    )
    assert "a, b" in run("show", "drafted.yaml").out


def test_infer_overwrites_only_when_forced(run: Run, data: Path, features: Path) -> None:
    said = run("infer", str(data), "--target", "y", "-o", str(features))
    assert said.code == 1
    assert said.error == f"error: {features} exists; write elsewhere, or overwrite it with --force\n"
    assert features.read_text() == FEATURES
    assert run("infer", str(data), "--target", "y", "-o", str(features), "--force").code == 0
    assert features.read_text().startswith("# Yours: ")


def test_infer_says_where_it_cannot_write(run: Run, data: Path) -> None:
    said = run("infer", str(data), "--target", "y", "-o", "no/such/folder.yaml")
    assert said.error == "error: no/such/folder.yaml cannot be written: No such file or directory\n"


def test_infer_speaks_json_and_keeps_what_it_is_told(run: Run, data: Path, tmp_path: Path) -> None:
    plain = run("infer", str(data), "-t", "size", "--task", "regression", "--rows", "20", "--json").json
    assert plain["reading"] == {"path": str(data), "parquet": False, "separator": ",", "decimal": "."}
    assert (plain["rows"], plain["complete"]) == (20, False)
    assert (plain["task"], plain["target"]) == ("regression", "size")
    assert [column["declaration"]["name"] for column in plain["columns"]] == ["id", "plan", "y"]
    run("infer", str(data), "-t", "y", "-o", "drafted.yaml", "--json")
    assert (tmp_path / "drafted.yaml").exists()


def test_infer_names_the_closest_column(run: Run, data: Path) -> None:
    said = run("infer", str(data), "--target", "sise")
    assert (said.code, said.error) == (1, f"error: {data} has no column 'sise'; did you mean 'size'?\n")


def test_diff_of_equal_files_is_nothing(run: Run, features: Path) -> None:
    assert run("diff", str(features), str(features)) == Said(0, "no changes\n", "")
    assert run("diff", str(features), str(features), "--json").json == {
        "breaking": 0,
        "safe": 0,
        "changes": [],
    }


def test_diff_of_a_safe_change_succeeds(run: Run, features: Path, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(FEATURES.replace("[a]", "[a, b]"))
    said = run("diff", str(features), "new.yaml")
    assert said.code == 0
    assert said.out.endswith("0 breaking, 1 safe\n")


def test_diff_of_a_breaking_change_fails(run: Run, features: Path, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(FEATURES.replace("ge: 0", "gt: 0"))
    said = run("diff", str(features), "new.yaml")
    assert said.code == 1
    assert "requests outside gt 0 are refused" in said.out
    said = run("diff", str(features), "new.yaml", "--json")
    assert said.code == 1
    assert said.json == {
        "breaking": 1,
        "safe": 0,
        "changes": [
            {
                "where": "size",
                "kind": "range-narrowed",
                "what": "ge 0 → gt 0",
                "verdict": "breaking",
                "why": "requests outside gt 0 are refused",
            }
        ],
    }


def test_commands_that_read_no_data_do_not_load_pandas(features: Path) -> None:
    code = (
        "import sys; from hookline.cli import main\n"
        "try: main()\n"
        "finally: print(sorted({'pandas', 'pyarrow', 'sklearn'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "contract", "diff", str(features), str(features)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["no changes", "[]"]
