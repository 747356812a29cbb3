"""What `hookline train` costs beside the same work written by hand."""
