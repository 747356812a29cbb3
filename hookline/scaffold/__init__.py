"""New projects, and newer versions of hookline in old ones."""
