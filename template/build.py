"""Put what projects are made of into the wheel; a checkout has it at hand, so `--editable` copies nothing."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Hook(BuildHookInterface):  # type: ignore[type-arg]
    """Add folders beside the package. Links within them are followed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Be called by hatchling before it builds."""
        if version == "standard":
            for name in ("template", "examples"):
                if (Path(self.root) / name).is_dir():
                    build_data["force_include"][name] = f"hookline/scaffold/{name}"
