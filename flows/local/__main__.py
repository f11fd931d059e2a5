"""`python -m flows.local up|down|status`: what `make up` and `make down` do."""

from datetime import datetime

import typer

from flows.local import station
from schemas.errors import BuffetError
from schemas.settings import Settings

app = typer.Typer(
    help=__doc__, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True
)


@app.command()
def up() -> None:
    """Start the ledger, the Prefect server, the audit's pages and a worker; twice is harmless."""
    found = station.up(Settings(), _tell)
    _tell("next", _when(found.next_night))
    typer.echo(f"\n  open  {found.parts['server']}\n  stop  make down")


@app.command()
def down() -> None:
    """Stop all of it."""
    stopped = station.down(Settings())
    typer.echo(f"stopped: {', '.join(stopped)}" if stopped else "nothing ran")


@app.command()
def status() -> None:
    """Say what runs; the exit code is 1 unless all of it does."""
    found = station.status(Settings())
    for name in ("ledger", "server", "pages", "worker"):
        _tell(name, found.parts.get(name, "-"))
    _tell("next", _when(found.next_night) if "server" in found.parts else "-")
    raise typer.Exit(0 if found.is_whole else 1)


def _tell(part: str, where: str) -> None:
    typer.echo(f"  {part:<8}{where}")


def _when(night: datetime | None) -> str:
    return f"{night.astimezone():%A %d %B, %H:%M %Z}" if night else "no night is scheduled"


def main() -> None:
    """Run a command; what goes wrong is told in a sentence, not in a traceback."""
    try:
        app()
    except BuffetError as error:
        typer.echo(f"{error}", err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
