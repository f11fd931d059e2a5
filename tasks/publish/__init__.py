"""Publish: the audited ledger becomes a new generation of the marts."""
