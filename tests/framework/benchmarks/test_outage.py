from __future__ import annotations

from pathlib import Path

from benchmarks.outage.report import section
from benchmarks.serving.measures import at_least, at_most


def test_the_section_says_what_was_measured_and_what_was_missed(tmp_path: Path) -> None:
    measures = [
        at_most("p99 down, against healthy", 1.04, 1.1, "s", detail={"down_ms": 5.2, "healthy_ms": 5.0}),
        at_least("rows shipped, against 50", 9.0, 10, "s", detail={"rows": 180_000}),
    ]
    plain = [measure.plain() for measure in measures]
    result = {"rounds": 3, "seconds": 4.0, "rate": 250.0, "piled_up": 180_000, "measures": plain}
    text = "\n".join(section(result, tmp_path))
    assert "| p99 down, against healthy | ≤ 1.1 s | 1.04 | yes | down_ms 5.2, healthy_ms 5 |" in text
    assert "| rows shipped, against 50 | ≥ 10 s | 9 | **no** | rows 1.8e+05 |" in text
    assert "Then 180,000 rows pile up" in text
