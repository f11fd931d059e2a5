"""The system of record: Postgres. A batch goes in whole or not at all; no fact changes silently."""
