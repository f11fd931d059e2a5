"""What `buffet doctor` looks at; each probe answers with one finding and changes nothing."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from flows import window
from flows.house import DATABASE, now
from schemas.errors import BuffetError
from schemas.settings import Settings
from warehouse.ledger import decisions, embedded, lookout, migrate, runs
from warehouse.ledger.connection import atomically, connect
from warehouse.marts import publisher, reader

_LEAST_FREE_BYTES = 2 * 1024**3
_OLD = timedelta(days=2)


@dataclass(frozen=True)
class Probe:
    """What one look found.

    Attributes:
        name: what was looked at.
        is_well: false if a person must act.
        found: what was seen.
        remedy: what to do, "" if all is well.
    """

    name: str
    is_well: bool
    found: str
    remedy: str = ""


def examine(settings: Settings) -> Iterator[Probe]:
    """Every probe, one after the other; one that fails does not stop the others."""
    yield _looked("data home", lambda: _home(settings))
    yield _looked("free disk", lambda: _disk(settings))
    yield from _ledger(settings)
    yield _looked("marts", lambda: _marts(settings))
    yield _looked("prefect", lambda: _prefect(settings))


def _looked(name: str, look: Callable[[], Probe]) -> Probe:
    try:
        return look()
    except BuffetError as error:
        return Probe(name, False, f"{error.where}: {error.problem}", error.remedy)


def _home(settings: Settings) -> Probe:
    home = settings.home
    existing = _existing(home)
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return Probe(
            "data home",
            False,
            f"{home}: nothing can be written there: {error.strerror}",
            "give the folder to the user of the pipeline, or set BUFFET_DATA_HOME",
        )
    state = "writable" if existing == home else "not there yet; the first run makes it"
    return Probe("data home", True, f"{home}: {state}")


def _disk(settings: Settings) -> Probe:
    free = shutil.disk_usage(_existing(settings.home)).free
    found = f"{free / 1024**3:.1f} GB free"
    if free >= _LEAST_FREE_BYTES:
        return Probe("free disk", True, found)
    return Probe("free disk", False, found, "make room; a night needs a few times its files")


def _existing(home: Path) -> Path:
    """The folder itself, or the nearest one above it."""
    return next(folder for folder in (home, *home.parents) if folder.exists())


def _ledger(settings: Settings) -> Iterator[Probe]:
    """The server, its schema, the run at work and what runs left over."""
    try:
        url = _sleeping_or_url(settings)
    except BuffetError as error:
        yield Probe("ledger", False, f"{error.where}: {error.problem}", error.remedy)
        return
    if url is None:
        yield Probe("ledger", True, "our own server, asleep; a command that needs it wakes it")
        yield _leftovers(settings, is_at_work=False)
        return
    engine = connect(url)
    try:
        with atomically(engine) as connection:
            yield Probe("ledger", True, f"Postgres {lookout.server_version(connection)} answers")
            schema = _schema(connection, engine)
            yield schema
            is_at_work = lookout.is_run_at_work(connection)
            if schema.is_well and migrate.current(connection) is not None:
                yield _run(connection, is_at_work=is_at_work)
                yield _decisions(connection)
        yield _leftovers(settings, is_at_work=is_at_work)
    except BuffetError as error:
        yield Probe("ledger", False, f"{error.where}: {error.problem}", error.remedy)
    finally:
        engine.dispose()


def _sleeping_or_url(settings: Settings) -> str | None:
    """The ledger's URL, or null while our own server sleeps; nothing is started."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    server = embedded.status(settings.home)
    if server is None:
        embedded.find_binaries(settings.pg_bindir)
        return None
    return server.url_of(DATABASE)


def _schema(connection: sa.Connection, engine: sa.Engine) -> Probe:
    if migrate.current(connection) is None:
        return Probe("schema", True, "empty; the first run makes the tables")
    return _looked("schema", lambda: _fitting(engine))


def _fitting(engine: sa.Engine) -> Probe:
    migrate.check(engine)
    return Probe("schema", True, f"version {migrate.head()}, as this code needs it")


def _run(connection: sa.Connection, *, is_at_work: bool) -> Probe:
    since = runs.running_since(connection)
    began = f"{since:%Y-%m-%d %H:%M} UTC" if since else "this moment"
    if is_at_work:
        return Probe("run", True, f"one is at work since {began}")
    if since is not None:
        return Probe("run", False, f"one was killed; it began {began}", "buffet run takes over")
    return Probe("run", True, "none at work")


def _decisions(connection: sa.Connection) -> Probe:
    waiting = len(decisions.unapplied(connection))
    if waiting:
        found = f"{waiting} files count though something of them was withdrawn"
        return Probe("decisions", False, found, "buffet quarantine retry --all reads them again")
    return Probe("decisions", True, "all applied")


def _leftovers(settings: Settings, *, is_at_work: bool) -> Probe:
    waiting = sum(1 for _ in (settings.archive / "pending").glob("*.json"))
    found = f"{waiting} claimed files wait to be loaded"
    if waiting and not is_at_work:
        return Probe("archive", False, found, "a run was interrupted; buffet run loads them")
    return Probe("archive", True, found if waiting else "no file waits")


def _marts(settings: Settings) -> Probe:
    generation = publisher.current(settings.marts)
    if generation is None:
        return Probe("marts", True, "nothing published yet; buffet run does")
    link = settings.marts / publisher.LINK
    with reader.connect(link) as con:
        row = con.execute("SELECT count(*) FROM _manifest").fetchone()
    built_at = datetime.fromtimestamp(link.resolve().stat().st_mtime, UTC)
    age = now() - built_at
    found = f"{generation}, {row[0] if row else 0} tables, built {built_at:%Y-%m-%d %H:%M} UTC"
    if age > _OLD:
        return Probe(
            "marts", False, f"{found}, {age.days} days ago", "buffet run, or mend its clock"
        )
    return Probe("marts", True, found)


def _prefect(settings: Settings) -> Probe:
    url = window.api_url(settings)
    if url is None:
        return Probe("prefect", True, "not configured; runs go without it")
    window.insist(url)
    return Probe("prefect", True, f"{url} answers")
