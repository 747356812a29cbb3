"""The service beside a plain app, and beside the floor that no app can pass."""
