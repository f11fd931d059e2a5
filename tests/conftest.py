"""Fixtures that more than one room needs: a throw-away Postgres and fresh databases on it."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa

from flows.house import plan_of, run_night
from flows.night import plain_doors
from schemas.settings import Settings
from warehouse.ledger import connection, embedded, migrate
from warehouse.marts.catalog import of_runs

hypothesis.settings.register_profile("house", deadline=None)  # a busy machine is no bug
hypothesis.settings.load_profile("house")


_CORPUS = Path(__file__).parents[1].parent / "shared" / "corpus"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real statements, which lies beside the project or nowhere."""
    if not _CORPUS.exists():
        pytest.skip("the corpus is not beside the project")
    return _CORPUS


@pytest.fixture(scope="session")
def of_arrival() -> frozenset[str]:
    """Marts that say when a file came, which is not the same in one night and in several."""
    names = {"mart_reconciliation", "mart_statement_coverage", "fct_transaction_versions"}
    return of_runs() | frozenset(names)


@contextmanager
def _home() -> Iterator[Path]:
    # Not tmp_path: pytest closes its folders to all but root, who does not run the server.
    home = Path(tempfile.mkdtemp(prefix="buffet-test-"))
    home.chmod(0o711)
    try:
        yield home
    finally:
        embedded.stop(home)
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres_programs() -> Path | None:
    """The server programs under test; None leaves the choice to the house."""
    folder = os.environ.get("BUFFET_TEST_PG_BINDIR")
    return Path(folder) if folder else None


@pytest.fixture(scope="session")
def postgres(postgres_programs: Path | None) -> Iterator[embedded.Server]:
    """A server for the whole session, one a worker; it forgets everything at the end."""
    with _home() as home:
        yield embedded.start(home, postgres_programs, durable=False)


@pytest.fixture
def empty_database(postgres: embedded.Server) -> Iterator[str]:
    """The URL of a database of this test's own, with nothing in it."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield embedded.create_database(postgres, name)
    embedded.drop_database(postgres, name)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home for a server of this test's own, which is stopped and removed at the end."""
    with _home() as home:
        yield home


@pytest.fixture(scope="session")
def migrated(postgres: embedded.Server) -> str:
    """The name of a database with the ledger's tables and no rows, to copy from."""
    name = "migrated"
    engine = connection.connect(embedded.create_database(postgres, name))
    migrate.migrate(engine)
    engine.dispose()
    return name


@pytest.fixture
def ledger_url(postgres: embedded.Server, migrated: str) -> Iterator[str]:
    """The URL of an empty ledger of this test's own."""
    name = f"ledger_{uuid.uuid4().hex[:12]}"
    yield embedded.create_database(postgres, name, template=migrated)
    embedded.drop_database(postgres, name)


@pytest.fixture(scope="session")
def sample_house(
    postgres: embedded.Server, migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """The settings of a house in which one night has read data/samples; for reading only."""
    name = "sample_house"
    url = embedded.create_database(postgres, name, template=migrated)
    home = tmp_path_factory.mktemp("sample_house")
    settings = Settings(data_home=home, database_url=url, quiet_seconds=0)
    samples = Path(__file__).resolve().parents[1] / "data" / "samples"
    receipt, _ = run_night(
        settings, plan_of(settings, root=samples), plain_doors(), tell=lambda *_: None
    )
    assert receipt.generation is not None
    yield settings
    embedded.drop_database(postgres, name)


@pytest.fixture
def engine(ledger_url: str) -> Iterator[sa.Engine]:
    """An engine on an empty ledger of this test's own."""
    engine = connection.connect(ledger_url)
    yield engine
    engine.dispose()
