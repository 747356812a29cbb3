"""Records as others keep them: every field has one meaning, whatever the features are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.predlog.flat import FIELDS, field_names, flat
from tests.framework.predlog.writing import prediction


def test_features_and_classes_stand_beside_the_other_fields() -> None:
    record = prediction(features={"size": 1.5, "plan": None})
    assert flat(record) == {
        **{key: value for key, value in record.items() if key not in {"features", "probabilities"}},
        "size": 1.5,
        "plan": None,
        "class_1": "large",
        "proba_1": 0.75,
        "class_2": "small",
        "proba_2": 0.25,
    }


def test_a_class_without_a_probability_is_still_the_first() -> None:
    record = prediction()
    del record["probabilities"]
    found = flat(record)
    assert (found["class_1"], found["class_name"]) == ("large", "large")
    assert "proba_1" not in found


def test_a_regression_has_its_value_and_no_class() -> None:
    record = {"kind": "prediction", "prediction_id": "p", "features": {}, "value": 2.5}
    assert flat(record) == {"kind": "prediction", "prediction_id": "p", "value": 2.5}


def test_what_has_no_features_stays_as_it_is() -> None:
    truth = {"kind": "truth", "truth_id": "t", "id": None, "actual": "small"}
    assert flat(truth) == truth


@pytest.mark.parametrize(
    ("feature", "field"),
    [
        ("size", "size"),
        ("value", "feature_value"),
        ("class_1", "feature_class_1"),
        ("class_a", "class_a"),
        ("a.b", "a_b"),
        ("a\0b", "a_b"),
        ("_id", "feature__id"),
        ("$set", "feature_$set"),
        ("@timestamp", "feature_@timestamp"),
        ("", "feature_"),
        ("feature_x", "feature_x"),
    ],
)
def test_a_feature_has_its_own_name_unless_that_is_taken(feature: str, field: str) -> None:
    assert field_names((feature,)) == {feature: field}


def test_two_features_never_share_a_field() -> None:
    names = field_names(("a.b", "a_b", "feature_a_b", "value", "feature_value"))
    assert names == {
        "a.b": "feature_feature_a_b",
        "a_b": "a_b",
        "feature_a_b": "feature_a_b",
        "value": "feature_feature_value",
        "feature_value": "feature_value",
    }


ranked = st.builds("{}_{}".format, st.sampled_from(["class", "proba", "feature"]), st.integers(0, 12))
words = st.one_of(st.text("abc._$\0", max_size=4), st.sampled_from(sorted(FIELDS)), ranked)


@given(st.lists(words, unique=True, max_size=12).map(tuple))
def test_no_feature_is_lost_and_none_takes_a_field_of_ours(features: tuple[str, ...]) -> None:
    names = field_names(features)
    assert list(names) == list(features)
    assert names == field_names(tuple(reversed(features))), "however a caller sends them"
    assert len(set(names.values())) == len(features)
    assert not FIELDS & set(names.values())
    record = prediction(features={name: place for place, name in enumerate(features)})
    found = flat(record)
    assert [found[names[name]] for name in features] == list(range(len(features)))
    assert found["class_1"] == "large"
    assert found["kind"] == "prediction"
