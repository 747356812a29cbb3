"""What goes into a container image, and whether an image answers as it must. Knows no cluster."""
