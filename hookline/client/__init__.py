"""Clients of the service: the transport they share, and the writer of typed ones."""
