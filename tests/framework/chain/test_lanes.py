from __future__ import annotations

import re

from tests.chain import lanes
from tests.chain.lanes import lane_of, rank_of
from tests.house import ROOT


def test_the_tests_of_a_file_stay_together() -> None:
    assert lane_of("tests/chain/test_otel.py::test_a") == lane_of("tests/chain/test_otel.py::test_b[x::y]")
    assert lane_of("tests/chain/test_otel.py::test_a") != lane_of("tests/chain/test_kill.py::test_a")


def test_files_that_share_images_stay_together_and_ways_share_nothing() -> None:
    one, two = "tests/chain/test_upgrade.py::test_a", "tests/chain/test_deploy_containers.py::test_b"
    assert (lane_of(one), rank_of(one)) == (lane_of(two), rank_of(two))
    ways = [f"tests/chain/test_ways.py::test_a[{name}]" for name in ("iris", "housing")]
    assert len(set(map(lane_of, ways))) == 2


def test_long_ones_begin_first_and_ways_last() -> None:
    names = ["test_ways.py", "test_otel.py", "test_kill.py", "test_ansible.py"]
    tests = [f"tests/chain/{name}::test_a" for name in names]
    assert sorted(tests, key=rank_of) == tests[::-1]


def test_every_test_that_is_named_is_there() -> None:
    files = {path.name: path.read_text() for path in (ROOT / "tests" / "chain").glob("test_*.py")}
    named = {*lanes._FIRST, *lanes._LAST, *lanes._TOGETHER, *lanes._TOGETHER.values()}
    assert named - set(files) == set()
    for apart in lanes._APART:
        name, _, start = apart.partition("::")
        assert re.search(rf"^def {start or 'test_'}", files[name], re.MULTILINE), apart
