"""A marimo notebook over the published marts: `marimo edit docs/notebooks/household.py`.

Set MARTS to the file; it is opened for reading only. The extra `notebook` brings marimo.
"""

import marimo

app = marimo.App(width="medium")


@app.cell
def opening():
    import os
    from pathlib import Path

    import duckdb
    import marimo as mo

    path = Path(os.environ.get("MARTS", "data/marts/buffet.duckdb"))
    marts = duckdb.connect(path.resolve(), read_only=True)

    def ask(sql):
        """One question; money comes back as Decimal."""
        return marts.sql(sql).pl()

    mo.md("# The household's marts\n\nCurrencies are rows of their own; never add them.")
    return ask, mo


@app.cell
def generation(ask):
    ask("SELECT generation, built_at, mart, row_count FROM _manifest ORDER BY mart")


@app.cell
def months(ask):
    ask("""
        SELECT owner, currency, month, income, expense, net, proof
        FROM mart_cashflow ORDER BY owner, currency, month
    """)


@app.cell
def worth(ask):
    ask("""
        SELECT owner, currency, day, net_worth, is_complete
        FROM mart_net_worth ORDER BY owner, currency, day
    """)


@app.cell
def spending(ask):
    ask("""
        SELECT owner, currency, month, category, net, previous_net, change
        FROM mart_category_spend WHERE level = 1
        ORDER BY owner, currency, month DESC, net DESC
    """)


@app.cell
def trust(ask):
    ask("""
        SELECT owner, account_name, state, sum(days)::BIGINT AS days
        FROM mart_coverage GROUP BY ALL ORDER BY ALL
    """)


if __name__ == "__main__":
    app.run()
