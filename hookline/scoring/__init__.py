"""Answer files instead of requests: a few rows by `predict`, any number by `score`."""
