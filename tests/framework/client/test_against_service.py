from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hookline.cli import main
from hookline.config import load_settings
from hookline.service.keys import new_key
from tests.framework.client.test_generated import load
from tests.framework.service.projects import MIXED_ROW, trained_once
from tests.framework.service.running import Running, serve

SECRET, KEY = new_key("tests", ["predict"])


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run the service of the mixed project, which wants a key."""
    with serve(trained_once("mixed", tmp_path_factory), ID_NAME="row_id", access__keys=[str(KEY)]) as running:
        yield running


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Write the client by the command, and import it."""
    root, folder = trained_once("mixed", tmp_path_factory), tmp_path_factory.mktemp("package")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOOKLINE_SERVICE__ID_NAME", "row_id")
        with pytest.raises(SystemExit) as caught:
            main(["client", "python", str(folder), "--name", "mixed_client", "-C", str(root)])
    assert not caught.value.code
    return load(folder / "mixed_client")


def row(package: ModuleType, **changes: Any) -> Any:
    given = MIXED_ROW | {"seen": datetime(2026, 1, 31, 12, tzinfo=UTC)}
    return package.Row(**(given | changes))


def test_a_service_answers_typed_rows(package: ModuleType, mixed: Running) -> None:
    with package.Client(mixed.url, key=SECRET) as client:
        info = client.info()
        rows = [row(package), row(package, amount=999, plan="max", row_id="n1")]
        answers = client.predict(rows)
        shares = client.predict_proba(rows)
    assert [type(answer) for answer in answers] == [package.ClassAnswer] * 2
    assert {answer.model_version for answer in answers} == {info["model_version"]}
    assert len({answer.prediction_id for answer in answers}) == 2
    for answer, share in zip(answers, shares, strict=True):
        assert share.class_names == ("no", "yes")
        assert answer.class_name == max(zip(share.probabilities, share.class_names, strict=True))[1]
        assert sum(share.probabilities) == pytest.approx(1)


def test_a_refusal_points_at_the_field(package: ModuleType, mixed: Running) -> None:
    with package.Client(mixed.url, key=SECRET) as client, pytest.raises(package.ProblemError) as caught:
        client.predict([row(package), row(package, amount=-1)])
    assert caught.value.status == 422
    assert caught.value.errors == (
        package.FieldError("/1/amount", "greater_than_equal", "Must be at least 0."),
    )


def test_a_number_that_json_cannot_hold_is_not_sent(package: ModuleType, mixed: Running) -> None:
    with package.Client(mixed.url, key=SECRET) as client, pytest.raises(ValueError, match="JSON"):
        client.predict([row(package, amount=float("nan"))])


def test_a_missing_key_is_an_error(package: ModuleType, mixed: Running) -> None:
    with package.Client(mixed.url) as client, pytest.raises(package.ProblemError) as caught:
        client.predict([row(package)])
    assert caught.value.status == 401


def test_more_bytes_than_the_service_takes_are_a_problem(package: ModuleType, mixed: Running) -> None:
    with package.Client(mixed.url, key=SECRET) as client:
        with pytest.raises(package.ProblemError) as caught:
            client.predict([row(package, email="x" * 1000)] * 2000)
        assert caught.value.status == 413
        assert len(client.predict([row(package)])) == 1


def test_a_regression_answers_values(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = trained_once("regression", tmp_path_factory)
    with pytest.raises(SystemExit):
        main(["client", "python", str(tmp_path / "out"), "-C", str(root), "--json"])
    service = load_settings(root, {}).service.name
    package = load(tmp_path / "out" / f"{service.replace('-', '_')}_client")
    with serve(root) as running, package.Client(running.url) as client:
        (answer,) = client.predict([package.Row(size=3.0, weight=None, plan="pro")])
    assert isinstance(answer, package.ValueAnswer)
    assert answer.value == pytest.approx(12, abs=3)


def test_before_there_is_a_model_the_contract_is_the_projects(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["client", "python", str(tmp_path / "out"), "--name", "early", "-C", str(project)])
    assert not caught.value.code
    assert (
        capsys.readouterr().out == f"Written: {tmp_path}/out/early\nNext:    from early import Client, Row\n"
    )
    assert "weight: float | None" in (tmp_path / "out" / "early" / "rows.py").read_text()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--name", "no-name"], 2, "'no-name' is no name of a package"),
        (["--model", "20200101T000000Z-00000000"], 1, "there is no version 20200101T000000Z-00000000"),
    ],
    ids=["name", "model"],
)
def test_wrong_use_is_said(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["client", "python", str(tmp_path / "out"), *words, "-C", str(project)])
    assert caught.value.code == code
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()
