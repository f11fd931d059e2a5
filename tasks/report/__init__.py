"""Report: what a person should know of a run, without a single account number, name or text."""
