"""The playbook as linters see it, and what it says to somebody who forgot something."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from hookline.config import Settings
from tests.chain.plays import ANSIBLE, Site
from tests.house import ROOT

ROLES = sorted(path.name for path in (ANSIBLE / "roles").iterdir())
# A machine that cannot be reached: its facts are told, and who would change something finds a closed port.
# Never this machine: a check that failed to stop a role would let it loose here.
NOWHERE: dict[str, Any] = {"hosts": {"one": {"ansible_host": "127.0.0.1", "ansible_port": 1}}}
DEBIAN = {"ansible_distribution": "Debian", "ansible_distribution_major_version": "12"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "site")
    site.configure(images={"registry": "registry.example.com"}, deployment={}, prediction_log={})
    return site


def test_ansible_lint_finds_nothing_at_its_strictest(site: Site) -> None:
    said = site.call("ansible-lint", "--offline", "--profile", "production", "--strict")
    assert said.code == 0, said.said
    careless = site.ansible / "roles" / "efk" / "tasks" / "files.yml"
    text = careless.read_text().replace('mode: "0755"', "mode: 755", 1)
    careless.write_text(text.replace("- name: Ensure there is a folder", "- name: folder"))
    found = site.call("ansible-lint", "--offline", "--profile", "production", "roles/efk").said
    assert "risky-octal" in found
    assert "name[casing]" in found


def test_the_syntax_is_right(site: Site) -> None:
    shutil.copy(ANSIBLE / "inventory.example.yml", site.ansible / "inventory.yml")
    said = site.call("ansible-playbook", "--syntax-check", "site.yml")
    assert said.code == 0, said.said
    listed = site.call("ansible-playbook", "--list-tasks", "site.yml").said
    assert [role for role in ROLES if f"{role} : " not in listed] == []


@pytest.mark.parametrize("role", ROLES)
def test_every_variable_of_a_role_is_declared_and_has_the_roles_name(role: str) -> None:
    folder = ANSIBLE / "roles" / role
    spec = yaml.safe_load((folder / "meta" / "argument_specs.yml").read_text())
    options = spec["argument_specs"]["main"]["options"]
    defaults = yaml.safe_load((folder / "defaults" / "main.yml").read_text())
    required = {name for name, option in options.items() if option.get("required")}
    assert set(options) == set(defaults) | required
    assert [name for name in options if not name.startswith(f"{role}_")] == []
    assert [name for name, option in options.items() if not option["description"]] == []


def test_a_setting_that_is_left_out_has_the_value_it_has_everywhere() -> None:
    settings = Settings()
    text = (ANSIBLE / "site.yml").read_text()
    read = re.findall(r"settings\.(\w+)\.(\w+) \| default\((.*?)\)", text)
    assert len(read) >= 6
    for section, name, fallback in read:
        value = getattr(getattr(settings, section), name)
        assert (list(value) if isinstance(value, tuple) else value) == yaml.safe_load(fallback)


def test_without_an_inventory_it_says_how_to_make_one(site: Site) -> None:
    play = site.call("ansible-playbook", "site.yml")
    assert play.code == 2
    assert play.failure == (
        "The inventory names no machine in cluster, agents, logs; copy inventory.example.yml to "
        "inventory.yml, and write your machines into it."
    )


def test_a_group_that_no_play_knows_is_named(site: Site) -> None:
    site.inventory({"clusters": NOWHERE, "agents": NOWHERE})
    play = site.call("ansible-playbook", "site.yml")
    assert play.code == 2
    assert play.failure == (
        "The inventory has the group clusters, which no play knows; rename it to one of cluster, agents, "
        "logs."
    )


@pytest.mark.parametrize(
    ("group", "settings", "extra", "sentence"),
    [
        (
            "agents",
            {},
            {"jenkins_agent_url": "http://127.0.0.1:1/"},
            "The vault has no secret for one in vault_jenkins_agent_secrets",
        ),
        (
            "cluster",
            {"secret_name": "iris-secrets", "secret_keys": ["hash_key"]},
            {},
            (
                "The vault has no hash_key in vault_service_secrets, "
                "which deployment.secret_keys of config.yaml names"
            ),
        ),
        (
            "cluster",
            {},
            {"registry_username": "puller"},
            "The vault has no vault_registry_password for puller",
        ),
        (
            "cluster",
            {"image_pull_secrets": ["login"]},
            {},
            "deployment.image_pull_secrets in config.yaml names login, but there is nothing to make it of",
        ),
    ],
    ids=["agent", "service", "registry", "pull secret"],
)
def test_what_is_missing_is_said_in_a_sentence_before_anything_is_changed(
    site: Site, group: str, settings: dict[str, Any], extra: dict[str, str], sentence: str
) -> None:
    site.configure(images={"registry": "registry.example.com"}, deployment=settings, prediction_log={})
    site.inventory({group: {**NOWHERE, "vars": extra}})
    play = site.play_told(DEBIAN)
    assert play.code == 2
    said, _, remedy = play.failure.partition("; ")
    assert said == sentence
    assert remedy in {
        "add it with ansible-vault edit vault.yml.",
        "set images.registry there, and registry_username in the inventory.",
    }
    assert play.changed == []
    assert "Traceback" not in play.said


@pytest.mark.parametrize("group", ["cluster", "agents", "logs"])
def test_another_distribution_is_refused_by_name(site: Site, group: str) -> None:
    site.inventory({group: {**NOWHERE, "vars": {"jenkins_agent_url": "http://127.0.0.1:1/"}}})
    play = site.play_told({"ansible_distribution": "Fedora"})
    assert play.code == 2
    assert play.failure == (
        f"one runs Fedora, and this role knows Debian and Ubuntu; take one out of the group {group}."
    )


def test_an_agent_has_the_java_that_the_pinned_jenkins_asks_for() -> None:
    pinned = re.search(
        r"^ARG JENKINS_IMAGE=jenkins/jenkins:2\.(\d+)\.\d+-lts-jdk(\d+)$",
        (ROOT / "jenkins" / "controller" / "Dockerfile").read_text(),
        re.MULTILINE,
    )
    assert pinned
    release, java = int(pinned[1]), int(pinned[2])
    assert java >= (21 if release >= 555 else 17)
    defaults = yaml.safe_load((ANSIBLE / "roles" / "jenkins_agent" / "defaults" / "main.yml").read_text())
    assert defaults["jenkins_agent_java"] == f"openjdk-{java}-jre-headless"


def test_a_distribution_without_that_java_is_refused_unless_another_is_asked_for(site: Site) -> None:
    variables = {"jenkins_agent_url": "http://127.0.0.1:1/"}
    site.vault({"vault_jenkins_agent_secrets": {"one": "dummy"}})
    site.inventory({"agents": {**NOWHERE, "vars": variables}})
    play = site.play_told(DEBIAN, "--vault-password-file", "password")
    assert play.code == 2
    assert play.failure == (
        "one runs Debian 12, which has no openjdk-21-jre-headless, and Jenkins asks its agents for Java 21 "
        "since 2.555.1; set one up with Debian 13 or Ubuntu, or, for an older controller, set "
        "jenkins_agent_java to openjdk-17-jre-headless."
    )
    assert play.changed == []
    older = variables | {"jenkins_agent_java": "openjdk-17-jre-headless"}
    for facts, chosen in (
        (DEBIAN, older),
        (DEBIAN | {"ansible_distribution_major_version": "13"}, variables),
    ):
        site.inventory({"agents": {**NOWHERE, "vars": chosen}})
        play = site.play_told(facts, "--vault-password-file", "password")
        assert "UNREACHABLE" in play.said  # it went on to a machine that is not there


def test_the_examples_hold_no_secret_and_the_real_ones_are_ignored() -> None:
    example = yaml.safe_load((ANSIBLE / "vault.example.yml").read_text())
    assert all(not value for value in example.values())
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"ansible/vault.yml", "ansible/inventory.yml"} <= set(ignored)
