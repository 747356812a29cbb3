from __future__ import annotations

from pathlib import Path

import pytest

from hookline.check.limits import default_memory


@pytest.mark.parametrize(("text", "limited"), [("1000000\n", True), ("max\n", False), (None, False)])
def test_memory_is_most_of_what_the_container_or_the_machine_has(
    tmp_path: Path, text: str | None, limited: bool
) -> None:
    file = tmp_path / "memory.max"
    if text is not None:
        file.write_text(text)
    assert (default_memory(file) == 800_000) is limited
    assert default_memory(file) > 0
