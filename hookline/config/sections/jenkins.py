"""What pipelines need to know."""

from __future__ import annotations

from pydantic import Field

from hookline.config.sections.section import Section
from hookline.config.values import Text

__all__ = ["Jenkins"]


class Jenkins(Section):
    """What the pipelines need to know."""

    docker_credentials_id: Text = Field(default="docker", description="Jenkins credential for the registry")
    scm_credentials_id: Text = Field(default="scm", description="Jenkins credential for the Git server")
    kubeconfig_credentials_id: Text = Field(
        default="kubeconfig", description="Jenkins credential with the kubeconfig of who deploys"
    )
    api_key_credentials_id: Text = Field(
        default="hookline-api-key",
        description="Jenkins credential with a key for the test request; the credential may be empty",
    )
    model_store: Text = Field(
        default="git",
        description="where pipelines keep models; git: in the project, else a URL of `hookline models push`",
    )
    prediction_test_case_path: Text = Field(
        default="tests/prediction_test_case.json", description="request that a fresh image must answer"
    )
