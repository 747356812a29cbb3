"""Bring an image with its model to Kubernetes by Helm, look at what would change before, take it back."""

from __future__ import annotations

from hookline.deploy.plan import Plan
from hookline.deploy.rollout import Deployer, Request

__all__ = ["Deployer", "Plan", "Request"]
