"""CNAB 240, the statement of Brazilian banks (FEBRABAN), and CNAB 400, which is none."""
