"""Projects made from older templates of this kind: what of them is carried over, and how."""
