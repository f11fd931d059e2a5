"""LITAS-ESIS, the statement that Lithuanian banks exchange as text (.acc)."""
