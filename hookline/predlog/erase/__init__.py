"""Removing a person's records from everything that is kept here."""
