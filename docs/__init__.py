"""The manual, and what generates parts of it."""
