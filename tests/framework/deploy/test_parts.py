"""The parts of a deployment that ask nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hookline.client.transport import ProblemError
from hookline.deploy import smoke
from hookline.deploy.live import image_of
from hookline.deploy.manifest import compare_manifests
from hookline.deploy.record import KEY, Record
from hookline.deploy.smoke import read_test_case
from hookline.errors import DeployError

CONTRACT = {"task": "regression", "target_label": "y", "input_features": [{"name": "x", "ge": 2**53 + 1}]}


def test_a_record_comes_back_from_the_values_as_it_was() -> None:
    record = Record("a:1", "id", "v", "sha256:0", "commit", CONTRACT, ("no", "yes"))
    assert Record.from_values(record.values(), "b:2") == record
    assert isinstance(record.values()[KEY]["contract"], str)  # Helm would make a float of the number in it


@pytest.mark.parametrize(
    "said", [None, "text", {}, {"contract": "{"}, {"contract": 5}, {"contract": "[]", "classes": "no"}]
)
def test_what_a_record_does_not_say_is_unknown(said: object) -> None:
    assert Record.from_values({KEY: said}, "a:1") == Record("a:1")


def test_a_contract_of_another_hookline_is_unknown() -> None:
    assert Record("a:1", contract={**CONTRACT, "later": True}).side is None
    assert Record("a:1", contract=CONTRACT).side is not None


@pytest.mark.parametrize(
    ("images", "name"),
    [
        (None, "hookline/hookline-service:latest"),
        ({"registry": "r.example.com:5000", "production_image_tag": "1.10"}, None),
        ({"repository": "ml", "production_image_name": "iris"}, "ml/iris:latest"),
    ],
)
def test_the_image_is_named_as_the_chart_names_it(images: object, name: str | None) -> None:
    assert image_of({"images": images}) == (name or "r.example.com:5000/hookline/hookline-service:1.10")


def test_objects_are_compared_by_kind_and_name() -> None:
    def manifest(*objects: tuple[str, str, int]) -> str:
        return "".join(
            f"---\nkind: {kind}\nmetadata:\n  name: {name}\nspec: {spec}\n" for kind, name, spec in objects
        )

    before = manifest(("A", "same", 1), ("A", "other", 1), ("B", "gone", 1))
    after = manifest(("A", "same", 1), ("A", "other", 2), ("A", "gone", 1)) + "---\n# nothing\n"
    assert compare_manifests(before, after) == (
        ("add", "A/gone"),
        ("change", "A/other"),
        ("remove", "B/gone"),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [("[{", "is not JSON"), ("{}", "holds no list of rows"), ("[]", "holds no list of rows")],
)
def test_a_test_request_that_is_none_is_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "case.json"
    path.write_text(text)
    with pytest.raises(DeployError, match=words):
        read_test_case(path)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ProblemError(422, "Rows break the contract", "Mend the rows."), "was refused: 422"),
        (OSError("connection refused"), "does not answer the test request: connection refused"),
    ],
)
def test_an_answer_that_does_not_come_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, fault: Exception, words: str
) -> None:
    @contextmanager
    def reach() -> Iterator[str]:
        raise fault
        yield ""

    monkeypatch.setattr(smoke, "_PATIENCE", 0.0)
    monkeypatch.setattr(smoke, "_PAUSE", 0.0)
    with pytest.raises(DeployError, match=words):
        smoke.smoke(reach, b"[{}]", model_version="v", key=None)
