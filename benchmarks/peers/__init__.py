"""Other servers of the same model, each installed in an environment of its own."""
