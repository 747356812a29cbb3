"""The prediction log: a prediction that was answered is never lost. It knows no HTTP and no model."""
