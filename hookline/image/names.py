"""Names of the images: config.yaml says them, and nobody else."""

from __future__ import annotations

from typing import Literal, TypeAlias

from hookline.config.sections import Images

__all__ = ["ImageKind", "image_name"]

ImageKind: TypeAlias = Literal["production", "runtime"]


def image_name(images: Images, kind: ImageKind, name: str = "", tag: str = "") -> str:
    """Return what an engine calls the image; `name` and `tag` stand for those of config.yaml.

    A name that is given is taken as it stands: it may name a registry of its own.
    """
    own = getattr(images, f"{kind}_image_name")
    whole = "/".join(part for part in (images.registry, images.repository, own) if part)
    return f"{name or whole}:{tag or getattr(images, f'{kind}_image_tag')}"
