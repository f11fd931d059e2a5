"""The marts: what analysts read. Built beside, checked, sealed in one file, then swapped in."""
