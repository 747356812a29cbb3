"""Fluentd's forward protocol, with acknowledgement: what is not acknowledged is sent again."""
