"""WHAT: the nouns of the house. Nothing here reads, writes or asks the time."""
