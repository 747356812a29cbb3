"""New projects: what goes into one, how it comes to be, and how a newer hookline comes into it."""
