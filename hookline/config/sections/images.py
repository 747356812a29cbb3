"""What images are called."""

from __future__ import annotations

from pydantic import Field

from hookline.config.sections.section import Section
from hookline.config.values import ImageName, ImageTag, Registry, Repository

__all__ = ["Images"]


class Images(Section):
    """Names of the container images."""

    registry: Registry = Field(
        default="", description="registry the images are pushed to; empty: the engine's default"
    )
    repository: Repository = Field(default="hookline", description="owner part of the image names")
    runtime_image_name: ImageName = Field(default="hookline-runtime", description="image pipelines run in")
    runtime_image_tag: ImageTag = Field(default="latest", description="its tag")
    production_image_name: ImageName = Field(default="hookline-service", description="image of the service")
    production_image_tag: ImageTag = Field(default="latest", description="its tag")
