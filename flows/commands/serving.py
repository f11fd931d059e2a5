"""`buffet doctor`, `migrate`, `samples` and `db`: the house itself."""

from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import talk
from flows.commands.registers import AsJson, put
from flows.exits import Exit
from schemas.errors import SettingsError

if TYPE_CHECKING:
    from schemas.settings import Settings
    from warehouse.ledger.embedded import Server

db = typer.Typer(
    no_args_is_help=True,
    help="The embedded Postgres server; commands that need it start it themselves.",
)


def doctor(*, as_json: AsJson = False) -> None:
    """Examine settings, disk, ledger, archive, marts and Prefect; nothing is changed.

    Example: buffet doctor

    Next: each line that is not well names its remedy.
    """
    from flows.commands.house_keys import settings
    from flows.probes import Probe, examine

    try:
        known = settings()
    except SettingsError as error:
        probes = [Probe("settings", False, f"{error.where}: {error.problem}", error.remedy)]
    else:
        probes = [Probe("settings", True, "they make sense"), *examine(known)]
    put([asdict(probe) for probe in probes], as_json=as_json)
    is_well = all(probe.is_well for probe in probes)
    raise typer.Exit(Exit.WELL if is_well else Exit.UNAVAILABLE)


def migrate() -> None:
    """Bring the ledger's schema to the version that this code needs; take a backup first.

    Example: buffet migrate

    Next: buffet doctor.
    """
    from alembic.util import CommandError

    from flows import house
    from flows.commands.house_keys import settings
    from warehouse.ledger import certificates
    from warehouse.ledger import migrate as schema
    from warehouse.ledger.connection import atomically, connect, only_run

    engine = connect(house.ledger_url(settings()))
    try:
        with only_run(engine):
            schema.migrate(engine)
            with atomically(engine) as connection:
                certificates.certify_held(connection, version("better-call-buffet"), house.now())
    except CommandError:
        schema.check(engine)  # says that the schema is newer than this code, if that is it
        raise
    finally:
        engine.dispose()
    talk.put(schema.head())


def samples(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files go.")],
    *,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 7,
    months: Annotated[
        int, typer.Option(min=1, max=1200, help="How many months are lived, from January 2026.")
    ] = 3,
    family: Annotated[
        bool,
        typer.Option(
            "--family",
            help="Three owners with four accounts each instead, from 2022 on; nothing is spoilt.",
        ),
    ] = False,
    truth: Annotated[
        Path | None, typer.Option(help="Where the truth about every movement goes, as CSV.")
    ] = None,
) -> None:
    """Write synthetic statements of invented people, to try everything without a bank.

    Example: buffet samples /tmp/statements --months 3
    Example: buffet samples /tmp/family --family --months 36 --truth /tmp/truth

    Next: buffet run FOLDER loads them; a few files are spoilt on purpose.
    """
    if family:
        from tasks.sample.family import write_family

        told = write_family(folder, seed=seed, months=months, truth=truth)
        talk.put(str(folder))
        talk.say(f"files with {told.height} movements written; next: buffet run FOLDER")
        return
    from tasks.sample.write import write_samples

    whole = write_samples(folder, seed=seed, months=months, truth=truth)
    talk.put(str(folder))
    talk.say(f"{whole.files.height} files written; next: buffet run FOLDER")


@db.command()
def start() -> None:
    """Start the embedded server, and make it where it is not there yet.

    Example: buffet db start
    """
    from flows.house import ledger_url
    from warehouse.ledger import embedded

    known = _own()
    ledger_url(known)
    talk.put(_described(embedded.status(known.home)))


@db.command()
def stop() -> None:
    """Stop the embedded server and wait until it is gone.

    Example: buffet db stop
    """
    from warehouse.ledger import embedded

    talk.put("stopped" if embedded.stop(_own().home) else "it was not running")


@db.command()
def status() -> None:
    """Say whether the embedded server runs; exit status 4 if it does not.

    Example: buffet db status
    """
    from warehouse.ledger import embedded

    server = embedded.status(_own().home)
    talk.put(_described(server))
    raise typer.Exit(Exit.WELL if server else Exit.UNAVAILABLE)


def _own() -> "Settings":
    """The settings of our own server.

    Raises:
        SettingsError: the ledger is a server that is not ours.
    """
    from flows.commands.house_keys import settings

    known = settings()
    if known.database_url is not None:
        raise SettingsError(
            "BUFFET_DATABASE_URL",
            "names a server that is not ours to start or stop",
            "use that server's own tools, or unset it to use the embedded one",
        )
    return known


def _described(server: "Server | None") -> str:
    return f"running, process {server.pid}" if server else "not running"
