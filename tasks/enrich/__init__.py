"""Enrich: what movements mean, worked out anew from the ledger, the rules and what people said."""
