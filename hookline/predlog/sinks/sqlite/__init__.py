"""The embedded log: a SQLite database that the shipper alone writes and everybody may read."""
