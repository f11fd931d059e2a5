"""Norma 43, the statement of Spanish banks (AEB, formerly CSB, cuaderno 43)."""
