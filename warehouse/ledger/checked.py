"""How the checks of a run went, kept beside the run book."""

import polars as pl
import sqlalchemy as sa

from warehouse.ledger.models import CheckResult


def keep(connection: sa.Connection, layer: str, results: pl.DataFrame) -> None:
    """Keep how the checks of one layer went; a run that tries again replaces its own answers.

    Args:
        connection: a database transaction.
        layer: of all of them.
        results: CHECK_RESULT, of one layer.
    """
    runs = results.get_column("run_id").unique().to_list()
    connection.execute(
        sa.delete(CheckResult).where(CheckResult.run_id.in_(runs), CheckResult.layer == layer)
    )
    if results.height:
        connection.execute(sa.insert(CheckResult), results.to_dicts())
