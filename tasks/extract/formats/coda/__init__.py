"""CODA, the statement of Belgian banks (Febelfin)."""
