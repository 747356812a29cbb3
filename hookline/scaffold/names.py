"""What a project is called: by people, by Kubernetes and registries, and in its logs."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from hookline.errors import ScaffoldError

__all__ = ["Names"]

_MARKS = " -_.,&()+'"
_MOST = 45
"""Letters of a technical name; a Helm release has 53, and its pods need some."""


@dataclass(frozen=True, slots=True)
class Names:
    """Hold the names of one project."""

    title: str
    """As people write it."""
    slug: str
    """As Kubernetes and registries take it: a-z, 0-9 and -, first a letter."""

    @classmethod
    def of(cls, name: str) -> Names:
        """Derive all names from one, or say why it will not do."""
        title = " ".join(unicodedata.normalize("NFC", name).split())
        strange = next((char for char in title if not (char.isalnum() or _is_mark(char))), None)
        if strange is not None:
            raise ScaffoldError(
                f"the name {name!r} holds {strange!r}; use letters, digits, spaces, - and _, "
                "or give another with --name"
            )
        plain = unicodedata.normalize("NFKD", title.casefold())
        plain = "".join(char for char in plain if not unicodedata.combining(char))
        slug = re.sub("[^a-z0-9]+", "-", plain).strip("-")
        if not slug:
            raise ScaffoldError(
                f"the name {name!r} has no letter from a to z, which image and deployment names need; "
                "give such a name with --name"
            )
        if not slug[0].isalpha():
            slug = f"service-{slug}"
        if len(slug) > _MOST:
            raise ScaffoldError(
                f"the name {name!r} is too long: at most {_MOST} letters are left for it in image and "
                "deployment names; give a shorter one with --name"
            )
        return cls(title, slug)

    @property
    def stem(self) -> str:
        """Return the slug without the word that all services have in common."""
        return self.slug.removesuffix("-service") or self.slug

    def settings(self) -> dict[str, object]:
        """Return the settings that follow from the names, by their dotted paths."""
        return {
            "service.name": self.title,
            "prediction_log.fluentd_base_log_name": self.stem,
            "prediction_log.mongo_db_name": self.stem,
            "images.runtime_image_name": f"{self.stem}-runtime",
            "images.production_image_name": self.slug,
            "deployment.deployment_name": self.slug,
        }


def _is_mark(char: str) -> bool:
    return char in _MARKS or unicodedata.category(char) in ("Mn", "Mc")
