"""Load: a batch goes into the ledger whole, or not at all."""
