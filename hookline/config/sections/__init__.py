"""Every setting, once: its name, its default, its one line of help. The manual is generated from here."""

from hookline.config.sections.access import Access
from hookline.config.sections.deployment import Deployment
from hookline.config.sections.images import Images
from hookline.config.sections.jenkins import Jenkins
from hookline.config.sections.models import Models
from hookline.config.sections.prediction_log import PredictionLog
from hookline.config.sections.section import Section
from hookline.config.sections.service import Service
from hookline.config.sections.tracing import Tracing
from hookline.config.sections.training import Training

__all__ = [
    "Access",
    "Deployment",
    "Images",
    "Jenkins",
    "Models",
    "PredictionLog",
    "Section",
    "Service",
    "Tracing",
    "Training",
]
