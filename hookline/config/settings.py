"""All settings together, frozen."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from hookline.config.sections import (
    Access,
    Deployment,
    Images,
    Jenkins,
    Models,
    PredictionLog,
    Service,
    Tracing,
    Training,
)

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Hold all settings; frozen. `load_settings` fills it; by itself it reads nothing."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    service: Service = Field(default=Service())
    access: Access = Field(default=Access())
    tracing: Tracing = Field(default=Tracing())
    training: Training = Field(default=Training())
    models: Models = Field(default=Models())
    prediction_log: PredictionLog = Field(default=PredictionLog())
    images: Images = Field(default=Images())
    jenkins: Jenkins = Field(default=Jenkins())
    deployment: Deployment = Field(default=Deployment())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings passes all by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave the process's environment alone: a source is handed in, or it is not read."""
        return (init_settings,)
