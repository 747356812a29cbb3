"""Names of the images: config.yaml says them, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from hookline.config.sections import Images

__all__ = ["ImageKind", "image_name"]

ImageKind: TypeAlias = Literal["production", "runtime"]


def image_name(images: Images, kind: ImageKind, given: Sequence[str] = ()) -> str:
    """Return what an engine calls the image; `given` is another name, and tag, than config.yaml's.

    A name that is given is taken as it stands: it may name a registry of its own.
    """
    name = getattr(images, f"{kind}_image_name")
    whole = "/".join(part for part in (images.registry, images.repository, name) if part)
    tag = getattr(images, f"{kind}_image_tag")
    return ":".join([*given, *[whole, tag][len(given) :]])
