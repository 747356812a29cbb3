"""The model card: what a version is, how good it is, and what it was made from."""

from hookline.training.card.facts import CardFacts
from hookline.training.card.render import card_html, card_markdown

__all__ = ["CardFacts", "card_html", "card_markdown"]
