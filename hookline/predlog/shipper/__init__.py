"""The process that brings records from the journal to the sinks. It imports no web framework and no model."""
