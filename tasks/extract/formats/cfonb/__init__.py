"""CFONB 120, the statement of French banks."""
