"""The scenarios of molecule, as somebody who changes a role calls them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.chain.plays import ANSIBLE, Site
from tests.chain.running import program_of

SCENARIOS = sorted(path.parent.name for path in ANSIBLE.glob("molecule/*/molecule.yml"))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


def test_every_role_has_a_scenario_that_molecule_reads(site: Site) -> None:
    assert sorted(path.name for path in (ANSIBLE / "roles").iterdir()) == SCENARIOS
    for name in SCENARIOS:
        said = site.call("molecule", "syntax", "--scenario-name", name)
        assert said.code == 0, said.said


def test_molecule_makes_a_machine_converges_twice_and_takes_it_away(site: Site) -> None:
    machine = program_of("machine")
    said = site.call("molecule", "test", "--scenario-name", "microk8s", HOOKLINE_MACHINE=str(machine))
    assert said.code == 0, said.said
    # Molecule is content with a play that found no host; we are not.
    recaps = re.findall(r"^machine +: ok=(\d+) +changed=(\d+)", said.said, re.MULTILINE)
    assert len(recaps) == 3, said.said
    assert int(recaps[0][1]) > 5
    assert recaps[1][1] == "0"
    left = [path for path in site.root.rglob("machine") if path.is_dir()]
    assert left == []
