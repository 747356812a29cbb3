from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookline.client.names import identifiers, package_name
from hookline.client.python import MARK, client_files, write_client
from hookline.contract import Contract, parse_contract_text
from hookline.errors import ProjectError
from tests.framework.contract.strategies import contracts
from tests.framework.helpers import REGRESSION_FEATURES
from tests.framework.service.projects import MIXED_FEATURES

ODD = """\
target_label: y
input_features:
  - name: Größe (cm)
    description: the "height"
    unit: cm
  - {name: class, type: category, choices: ['a"b', "it's", 'back\\slash']}
  - {name: Class, type: category, choices: [one, two], default: two}
  - {name: 1st}
  - {name: "?", type: bool}
  - {name: "??", type: bool, nullable: true, default: null}
  - {name: float, type: int, gt: 0, lt: 9}
  - {name: to_json, type: string, min_length: 1, max_length: 9, pattern: "^[a-z]"}
  - {name: datetime, type: datetime}
  - {name: since, type: datetime, default: "2026-01-31T12:00:00Z"}
  - {name: until, type: datetime, nullable: true}
  - name: country
    type: category
    choices: [Argentina, Bolivia, Brazil, Chile, Colombia, Ecuador, Guyana, Paraguay, Peru, Suriname]
  - name: long
    type: category
    choices: ["a single choice, so long that it does not fit into a line of 88 characters"]
  - {name: open, type: category, choices: [a, b], unknown: accept}
"""
CONTRACTS = {"mixed": MIXED_FEATURES, "odd": ODD, "regression": REGRESSION_FEATURES}


def contract_of(name: str) -> Contract:
    return parse_contract_text(CONTRACTS[name], name=name)


def load(folder: Path) -> ModuleType:
    """Import a package from where it lies."""
    spec = importlib.util.spec_from_file_location(
        folder.name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[folder.name] = module
    spec.loader.exec_module(module)
    return module


def run(*words: str, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize("id_name", [pytest.param("", marks=pytest.mark.slow), "row id"])
def test_a_client_passes_mypy_and_ruff_and_is_formatted(tmp_path: Path, name: str, id_name: str) -> None:
    write_client(tmp_path / "a_client", contract_of(name), "my-service", id_name)
    run(
        "ruff",
        "check",
        "--isolated",
        "--select",
        "E,F,I,UP,B,SIM,RUF,W",
        "--ignore",
        "E501",
        ".",
        cwd=tmp_path,
    )
    written = [f"a_client/{file}" for file in ("__init__.py", "client.py", "rows.py")]
    run("ruff", "format", "--isolated", "--check", *written, cwd=tmp_path)
    run("mypy", "--strict", "--config-file=", "a_client", cwd=tmp_path)


WRONG_USE = """\
from a_client import Client, Row

def ask(client: Client, row: Row) -> str:
    client.predict([{"amount": 1}])
    Row(amount="1", age=1, visits=None, member=True, channel=None, code="", email="", salary=1, seen=None)
    return client.predict([row])[0].class_name + row.plann
"""


def test_types_tell_a_wrong_row_from_a_right_one(tmp_path: Path) -> None:
    write_client(tmp_path / "a_client", contract_of("mixed"), "my-service")
    (tmp_path / "use.py").write_text(WRONG_USE)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "use.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line for line in done.stdout.splitlines() if "error:" in line]
    assert {line.split(":")[1] for line in found} == {"4", "5", "6"}


def test_the_same_contract_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "a_client"
    paths = write_client(folder, contract_of("odd"), "my-service", "id")
    before = {path: path.read_bytes() for path in paths}
    write_client(folder, contract_of("odd"), "my-service", "id")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert {path.name for path in paths} == {
        "__init__.py",
        "base.py",
        "client.py",
        "py.typed",
        "rows.py",
        "transport.py",
    }


def test_a_file_that_was_not_generated_is_not_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "a_client"
    folder.mkdir()
    (folder / "rows.py").write_text("mine = 1\n")
    with pytest.raises(ProjectError, match=r"rows.py was not generated; name another folder"):
        write_client(folder, contract_of("odd"), "my-service")
    assert [path.name for path in folder.iterdir()] == ["rows.py"]


def test_a_client_needs_the_standard_library_only() -> None:
    for text in client_files(contract_of("odd"), "my-service").values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert str(node.module).split(".")[0] in sys.stdlib_module_names
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= sys.stdlib_module_names


def test_a_row_is_sent_under_the_names_of_the_contract(tmp_path: Path) -> None:
    write_client(tmp_path / "odd_client", contract_of("odd"), "odd", "row id")
    module = load(tmp_path / "odd_client")
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    row = module.Row(
        Größe_cm=1.5,
        class_="it's",
        field_1st=2,
        field=True,
        float_2=3,
        to_json_2="abc",
        datetime_2=noon,
        until=None,
        country="Peru",
        long="x",
        open="c",
        row_id=7,
    )
    assert row.to_json() == {
        "Größe (cm)": 1.5,
        "class": "it's",
        "Class": "two",
        "1st": 2,
        "?": True,
        "??": None,
        "float": 3,
        "to_json": "abc",
        "datetime": "2026-01-31T12:00:00+00:00",
        "since": "2026-01-31T12:00:00+00:00",
        "until": None,
        "country": "Peru",
        "long": "x",
        "open": "c",
        "row id": 7,
    }


@settings(max_examples=60, deadline=None)
@given(contract=contracts(), id_name=st.sampled_from(["", "my id"]))
def test_whatever_a_contract_declares_becomes_python(contract: Contract, id_name: str) -> None:
    text = client_files(contract, 'a "service" \\', "" if id_name in contract.names else id_name)
    for name, source in text.items():
        assert not source or source.startswith(MARK), name
        compile(source, name, "exec")
    space: dict[str, Any] = {"__name__": "rows"}
    module = ModuleType("generated_rows")
    sys.modules["generated_rows"] = module
    space = module.__dict__
    exec(compile(text["rows.py"], "rows.py", "exec"), space)  # noqa: S102 - it is what is tested
    assert len(space["Row"].__dataclass_fields__) == len(contract.names) + (
        id_name != "" and id_name not in contract.names
    )


@given(st.lists(st.text(min_size=1), unique=True))
def test_no_two_names_become_one(names: list[str]) -> None:
    found = identifiers(names)
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert all(name.isidentifier() for name in found.values())


def test_a_package_is_named_after_its_service() -> None:
    assert package_name("Hookline-Service 2") == "hookline_service_2_client"
