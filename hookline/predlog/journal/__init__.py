"""Where answers are taken down first: segments of JSON lines, each written by one process."""
