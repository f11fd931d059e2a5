"""Synthetic bank statements from a seed, with the truth about them."""
