"""WHERE: the places that keep things. Ledger (Postgres), marts (DuckDB), quality (the audit)."""
