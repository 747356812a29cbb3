"""From a command to serving processes: plan, supervisor, stem, workers."""
