"""The audit: Great Expectations asks the ledger whether tonight may be published."""
