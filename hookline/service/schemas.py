"""What answers look like, for OpenAPI. `answers` writes those to predictions; a test holds the two equal."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from hookline.types import PredictorKind, Task

__all__ = [
    "ClassAnswer",
    "Info",
    "Live",
    "Pong",
    "ProbabilityAnswer",
    "ProblemAnswer",
    "ProblemFault",
    "Ready",
    "Started",
    "ValueAnswer",
]

_ID = "019ab0c4-5d3e-7c41-9a55-3f0c8f1e6b2d"


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClassAnswer(_Answer):
    """The class of one row."""

    prediction_id: str = Field(
        description="names this answer in the prediction log and in feedback", examples=[_ID]
    )
    class_name: str = Field(description="the predicted class")


class ProbabilityAnswer(_Answer):
    """All classes of one row, with their probabilities."""

    prediction_id: str = Field(
        description="names this answer in the prediction log and in feedback", examples=[_ID]
    )
    class_names: list[str] = Field(description="the model's classes, always in the same order")
    probabilities: list[float] = Field(description="the probability of each, in the same order")


class ValueAnswer(_Answer):
    """The value of one row."""

    prediction_id: str = Field(
        description="names this answer in the prediction log and in feedback", examples=[_ID]
    )
    value: float = Field(description="the predicted value")


class Pong(_Answer):
    """The answer to a ping."""

    ping: Literal["pong"] = "pong"


class Live(_Answer):
    """The process is alive."""

    status: Literal["live"] = "live"


class Started(_Answer):
    """The model is loaded."""

    status: Literal["started"] = "started"


class Ready(_Answer):
    """Requests are welcome."""

    status: Literal["ready"] = "ready"


class Info(_Answer):
    """Service and model."""

    name: str = Field(description="the service's name")
    version: str = Field(description="the version of hookline it runs on")
    model_id: str
    model_version: str
    model_created: str
    task: Task
    classes: list[str] | None = Field(description="for classification, in the order of the probabilities")
    features: list[str]
    predictor: PredictorKind = Field(description="compiled: a proved graph · native: the user's own code")


class ProblemFault(_Answer):
    """One thing wrong with the body."""

    pointer: str = Field(description="where, as a JSON pointer", examples=["/0/petal_width"])
    code: str = Field(examples=["less_than_equal"])
    detail: str = Field(
        description="the rule, and the nearest allowed value", examples=["Must be at most 10."]
    )


class ProblemAnswer(_Answer):
    """What went wrong, as RFC 9457 has it."""

    type: str = Field(examples=["urn:hookline:problem:invalid"])
    title: str
    status: int
    detail: str = Field(description="what to do")
    instance: str = Field(description="the request, for whoever looks it up in the logs")
    errors: list[ProblemFault] = Field(default=[], description="at most 20")
