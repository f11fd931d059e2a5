"""PDF statements and text made of them: lines of pages that a layout of the bank describes."""
