from __future__ import annotations

from collections import Counter

import pytest

from hookline.config.table import Setting, table

LEGACY = [
    *("enable_fluentd_logging", "fluentd_url", "fluentd_port", "fluentd_base_log_name", "fluentd_log_n_best"),
    *("enable_mongodb_logging", "mongo_db_url", "mongo_db_port", "mongo_db_name", "ID_NAME"),
    *("mongodb_logging_collection_name", "repository", "registry", "runtime_image_name", "runtime_image_tag"),
    *("production_image_name", "production_image_tag", "docker_credentials_id", "scm_credentials_id"),
    *("deployment_name", "replicas", "service_type", "service_port", "service_node_port"),
    "prediction_test_case_path",
]


@pytest.mark.parametrize("name", LEGACY)
def test_a_name_that_users_of_older_templates_know_is_kept(name: str) -> None:
    assert name in {key for _, key in table()}


def test_no_secret_shares_its_name() -> None:
    # Otherwise a secret in the wrong place of the file could be taken for another key and shown.
    count = Counter(key.lower() for _, key in table())
    assert [setting.path for setting in table().values() if setting.secret and count[setting.key] > 1] == []


def test_no_variable_means_two_things() -> None:
    variables = [setting.variable for setting in table().values()]
    files = [f"{setting.variable}_FILE" for setting in table().values() if setting.secret]
    assert len({*variables, *files}) == len(variables) + len(files)


@pytest.mark.parametrize("setting", table().values(), ids=lambda setting: setting.path)
def test_a_setting_has_one_line_of_help_and_says_what_it_may_be(setting: Setting) -> None:
    assert setting.help
    assert setting.allowed
    assert not {"\n", "|"} & {*setting.help, *setting.allowed}


@pytest.mark.parametrize(
    ("section", "key", "words"),
    [
        ("training", "seed", "a whole number from 0 to 4294967295"),
        ("training", "test_size", "a number above 0 and below 1"),
        ("training", "refit", "true or false"),
        ("training", "backend", "local or dask"),
        ("training", "on_violation", "fail, drop or keep"),
        ("models", "max_file_bytes", "a whole number, at least 1024"),
        ("models", "trusted", "a list of type names such as `my_package.module.Class`"),
        ("jenkins", "scm_credentials_id", "text"),
        ("prediction_log", "mongo_db_password", "text"),
    ],
)
def test_what_is_allowed_is_said_in_words(section: str, key: str, words: str) -> None:
    assert table()[section, key].allowed == words
