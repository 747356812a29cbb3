"""Which tests of the chain run one after the other in one worker, and which begin first.

A file's tests stay together, for they share what its fixtures make; what is otherwise stands here. Long ones
begin first, and small ones fill the gaps at the end, so that no worker is left alone with a long one.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

__all__ = ["Lanes", "lane_of", "rank_of"]

# Two files that share their images.
_TOGETHER = {"test_deploy_containers.py": "test_upgrade.py"}
# Each of these tests is long and shares nothing with its neighbours but what is made once for all workers.
_APART = ("test_ways.py::", "test_ansible.py::test_an_ubuntu_")
_FIRST = (
    "test_ansible.py",
    "test_jenkins_line.py",
    "test_upgrade.py",
    "test_new.py",
    "test_ansible_molecule.py",
    "test_kill.py",
    "test_images.py",
    "test_chart_values.py",
    "test_dockerfiles.py",
    "test_chart_starts.py",
    "test_image_scripts.py",
    "test_service.py",
)
_LAST = ("test_ways.py",)


def lane_of(test: str) -> str:
    """Name what runs in one worker with this test."""
    if any(apart in test for apart in _APART):
        return test
    file = test.partition("::")[0]
    folder, slash, name = file.rpartition("/")
    return f"{folder}{slash}{_TOGETHER.get(name, name)}"


def rank_of(test: str) -> int:
    """Say how early a test begins; those of one lane stay in their order."""
    name = lane_of(test).partition("::")[0].rpartition("/")[2]
    if name in _FIRST:
        return _FIRST.index(name)
    return len(_FIRST) + (name in _LAST)


class Lanes(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """Give each worker lane after lane."""

    def _split_scope(self, nodeid: str) -> str:
        return lane_of(nodeid)
