"""Make the tables anew: `python -m tests.framework.scaffold.tables.make`. The same rows every time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["TABLES"]

HERE = Path(__file__).resolve().parent


def _wide() -> pd.DataFrame:
    """Thirty numbers of which five matter."""
    random = np.random.default_rng(1)
    values = random.normal(size=(120, 30)).round(2)
    frame = pd.DataFrame(values, columns=[f"sensor {i:02}" for i in range(30)])
    frame["state"] = np.where(values[:, :5].sum(axis=1) + random.normal(0, 0.5, 120) > 0, "hot", "cold")
    return frame


def _mixed() -> pd.DataFrame:
    """Numbers, truths and words with gaps; semicolons and decimal commas; some rows without an answer."""
    random = np.random.default_rng(2)
    n = 300
    age = pd.Series(random.integers(18, 90, n)).astype("Int64")
    spent = pd.Series(random.gamma(2, 40, n).round(2))
    plan = pd.Series(random.choice(["basic", "pro", "max"], n))
    paperless = pd.Series(random.random(n) < 0.5).astype("boolean")
    doubt = (age.astype(float) - 50) / 20 + (plan == "basic") * 1.5 - spent / 60
    stays = pd.Series(np.where(random.random(n) < 1 / (1 + np.exp(doubt)), 1, 0)).astype("Int64")
    frame = pd.DataFrame(
        {
            "customer": range(5000, 5000 + n),
            "age": age,
            "spent": spent,
            "plan": plan,
            "paperless": paperless,
            "country": "AT",
            "outcome_code": stays.map({1: "S", 0: "L"}),
            "stays": stays,
        }
    )
    for column, step in (("age", 9), ("plan", 13), ("paperless", 11), ("stays", 60)):
        frame.loc[::step, column] = pd.NA
    return frame


def _texts() -> pd.DataFrame:
    """Identifiers of every kind, a code of many words, and free text."""
    random = np.random.default_rng(3)
    n = 240
    shop = random.integers(0, 60, n)
    weight = random.gamma(3, 2, n).round(1)
    late = weight + (shop % 3 == 0) * 4 + random.normal(0, 1.5, n) > 8
    words = ["fragile", "heavy", "ring twice", "at the back", "no hurry", "with care"]
    return pd.DataFrame(
        {
            "parcel": [str(uuid.UUID(int=int(i) * 2**64 + 7)) for i in random.permutation(n)],
            "label": [f"P-{i:05}" for i in random.permutation(n)],
            "shop": [f"SH{i:03}" for i in shop],
            "size": random.choice(["S", "M", "L"], n),
            "weight": weight,
            "remark": [" ".join(random.choice(words, 4)) + f" {i}" for i in range(n)],
            "late": np.where(late, "yes", "no"),
        }
    )


def _dates() -> pd.DataFrame:
    """Two times, one of them often missing."""
    random = np.random.default_rng(4)
    n = 250
    opened = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 8760, n), unit="h")
    visit = opened - pd.to_timedelta(random.integers(1, 400, n), unit="D")
    seen = pd.Series(visit.strftime("%Y-%m-%d")).where(pd.Series(random.random(n) < 0.8))
    night = (opened.hour < 7) | (opened.hour > 20)
    urgent = random.random(n) < np.where(night, 0.8, 0.15) * np.where(opened.day_of_week >= 5, 1.2, 0.9)
    return pd.DataFrame(
        {
            "opened": opened.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "last_seen": seen,
            "pages": random.integers(1, 40, n),
            "urgent": urgent,
        }
    )


def _prices() -> pd.DataFrame:
    """A regression with a column that is the answer in another currency, and one infinite value."""
    random = np.random.default_rng(5)
    n = 260
    km = random.gamma(2, 40, n).round(1)
    year = random.integers(2008, 2024, n)
    fuel = random.choice(["petrol", "diesel", "electric"], n)
    power = random.normal(90, 25, n).clip(40, 220).round(0)
    price = (3 + 0.9 * (year - 2008) + 0.05 * power - 0.03 * km + 4 * (fuel == "electric")).clip(0.5, None)
    price = (price * np.exp(random.normal(0, 0.06, n))).round(2)
    frame = pd.DataFrame(
        {
            "km": km,
            "year": year,
            "fuel": fuel,
            "power": power,
            "price_usd": (price * 1.08).round(2),
            "price": price,
        }
    )
    frame.loc[17, "power"] = np.inf
    return frame


TABLES: Mapping[str, tuple[Callable[[], pd.DataFrame], str, str]] = {
    "wide": (_wide, "state", ","),
    "mixed": (_mixed, "stays", ";"),
    "texts": (_texts, "late", ","),
    "dates": (_dates, "urgent", ","),
    "prices": (_prices, "price", "\t"),
}
"""By name: how the table is made, its target, and the separator of its file."""


def text_of(name: str) -> str:
    """Return the text of a table's file."""
    make, _, separator = TABLES[name]
    return make().to_csv(index=False, sep=separator, decimal="," if separator == ";" else ".")


if __name__ == "__main__":
    for each in TABLES:
        (HERE / f"{each}.csv").write_text(text_of(each), encoding="utf-8")
