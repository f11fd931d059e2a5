"""QIF, the Quicken Interchange Format."""
