from __future__ import annotations

from hookline.config.sections import Images
from hookline.image.names import image_name

OURS = Images(registry="registry.example.com:5000", repository="team/ml", production_image_tag="v7")


def test_config_yaml_names_the_images() -> None:
    assert image_name(OURS, "production") == "registry.example.com:5000/team/ml/hookline-service:v7"
    assert image_name(OURS, "runtime") == "registry.example.com:5000/team/ml/hookline-runtime:latest"
    assert image_name(Images(), "production") == "hookline/hookline-service:latest"


def test_a_name_or_a_tag_that_is_given_stands_for_that_of_config_yaml() -> None:
    assert image_name(OURS, "production", "you/iris") == "you/iris:v7"
    assert image_name(OURS, "production", "you/iris", "v1") == "you/iris:v1"
    assert image_name(OURS, "production", "", "v1") == "registry.example.com:5000/team/ml/hookline-service:v1"
