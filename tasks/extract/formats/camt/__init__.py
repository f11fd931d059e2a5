"""CAMT.052, CAMT.053 and CAMT.054, the account messages of ISO 20022."""
