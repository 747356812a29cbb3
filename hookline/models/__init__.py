"""Model versions on disk, and loaded models that answer columns. Knows no HTTP."""
