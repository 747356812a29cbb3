"""config.yaml and the environment → frozen settings."""

from hookline.config.load import Loaded, load_settings, load_with_origins
from hookline.config.settings import Settings

__all__ = ["Loaded", "Settings", "load_settings", "load_with_origins"]
