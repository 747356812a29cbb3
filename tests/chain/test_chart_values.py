"""Whatever config.yaml may say, the chart renders it, and the service reads what was said."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hookline.config import Settings, load_settings
from hookline.config.table import Setting, table
from hookline.errors import HooklineError
from tests.chain.chart import KUBERNETES, conform, render

MANY = 200
SERVED = ("service", "access", "tracing", "models", "prediction_log")
KNOWN: dict[str, st.SearchStrategy[Any]] = {
    "timezone": st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    "service_monitor_labels": st.lists(
        st.sampled_from(["release=prometheus", "example.com/team=", "a=1.10"]), max_size=3
    ),
    "sink_cidrs": st.lists(st.sampled_from(["10.0.0.0/8", "192.168.1.7/32", "fd00::/8"]), max_size=3),
}
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
ODD = [
    "yes",
    "no",
    "on",
    "null",
    "~",
    "1e3",
    "0x10",
    "1.10",
    "007",
    "2024-01-01",
    "a: b",
    "- a",
    "#",
    "'",
    '"',
    "{{ . }}",
]


def values_of(setting: Setting) -> st.SearchStrategy[Any]:
    """Return what a setting may be, as config.yaml holds it."""
    kind, schema = setting.field.annotation, SCHEMAS[setting.section]["properties"][setting.key]
    if kind is bool:
        return st.booleans()
    if kind in (int, float):
        return numbers(setting, schema)
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if setting.key in KNOWN:
        return KNOWN[setting.key]
    return st.lists(words(schema["items"]), max_size=3) if schema["type"] == "array" else words(schema)


def numbers(setting: Setting, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "anyOf" in schema:
        return st.just(0) | st.integers(30_000, 32_767)
    bounds = {type(mark): mark for mark in setting.field.metadata}
    low = bounds[Ge].ge if Ge in bounds else bounds[Gt].gt
    high = bounds[Le].le if Le in bounds else bounds[Lt].lt if Lt in bounds else None
    if setting.field.annotation is int:
        # Helm reads numbers as floating point, so whole numbers are exact up to 2^53.
        return st.integers(low, 2**53 if high is None else high)
    return st.floats(
        low,
        1e12 if high is None else high,
        exclude_min=Gt in bounds,
        exclude_max=Lt in bounds,
        allow_subnormal=False,
    )


def words(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    most = schema.get("maxLength", 200)
    if "pattern" in schema:
        found = st.from_regex(schema["pattern"], fullmatch=True, alphabet=st.characters(codec="ascii"))
        return found.filter(lambda text: len(text) <= most and "\n" not in text)
    return (TEXTS | st.sampled_from(ODD)).filter(lambda text: len(text) >= schema.get("minLength", 0))


SCHEMAS: dict[str, Any] = {
    name: Settings.model_json_schema()["$defs"][kind.annotation.__name__]  # type: ignore[union-attr]
    for name, kind in Settings.model_fields.items()
}
ANY = st.lists(
    st.sampled_from([each for each in table().values() if not each.secret]),
    min_size=4,
    max_size=16,
    unique_by=id,
)


@st.composite
def configs(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Draw a config.yaml that hookline takes."""
    config: dict[str, dict[str, Any]] = {"deployment": {"embedded_log_per_pod": True}}
    for setting in draw(ANY):
        config.setdefault(setting.section, {})[setting.key] = draw(values_of(setting))
    config["deployment"]["embedded_log_per_pod"] = True
    return config


def written(folder: str, config: dict[str, dict[str, Any]]) -> Path:
    """Write a config.yaml."""
    Path(folder, "config.yaml").write_text(json.dumps(config))
    return Path(folder)


def is_valid(config: dict[str, dict[str, Any]]) -> bool:
    """Tell whether hookline takes it: two settings may not go together, or a name may be taken."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            load_settings(written(folder, config), {})
        except HooklineError:
            return False
    return True


def render_one(config: dict[str, dict[str, Any]]) -> str:
    """Render a config.yaml; see that the service would read what it says, and return the objects."""
    with tempfile.TemporaryDirectory() as folder:
        said = load_settings(written(folder, config), {})
        rendered = render(Path(folder), config)
        objects = rendered.objects
        Path(folder, "config.yaml").write_text(rendered.one("ConfigMap")["data"]["config.yaml"])
        read = load_settings(Path(folder), {})
    assert len(objects) >= 5
    for section in SERVED:
        assert getattr(read, section) == getattr(said, section)
    return rendered.text


def test_any_valid_config_renders_to_what_kubernetes_takes_and_reaches_the_service_as_it_was() -> None:
    found: dict[str, str] = {}

    @settings(
        max_examples=2 * MANY,  # many are drawn twice, or differ in what no object shows
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        derandomize=True,
    )
    @given(config=configs().filter(is_valid))
    def try_each(config: dict[str, dict[str, Any]]) -> None:
        drawn = json.dumps(config, sort_keys=True)
        if drawn not in found and len(set(found.values())) < MANY:
            found[drawn] = render_one(config)

    try_each()
    different = set(found.values())
    assert len(different) >= MANY
    done = conform("".join(different), KUBERNETES)  # which refuses a key that stands twice, too
    assert "Invalid: 0, Errors: 0" in done.stdout, done.stdout + done.stderr
    assert int(re.findall(r"Valid: (\d+)", done.stdout)[0]) > 5 * MANY
