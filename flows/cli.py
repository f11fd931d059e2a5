"""The command line `buffet`: one verb a task, data on stdout, talk on stderr.

Everything that takes long to load is loaded inside the command that needs it.
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer

from flows.commands import (
    analysing,
    categorizing,
    comparing,
    covering,
    explaining,
    keeping,
    proposing,
    proving,
    quarantine,
    reading,
    registers,
    replaying,
    reporting,
    running,
    serving,
    transferring,
)
from flows.exits import Exit, epilog, explain

app = typer.Typer(
    name="buffet",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog=epilog(),
)

_PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    "Every day": (
        running.run,
        reading.read,
        reading.identify,
        categorizing.categorize,
        reporting.report,
    ),
    "For analysts": (
        analysing.query,
        analysing.marts,
        reporting.export,
        reporting.share,
        analysing.generations,
        analysing.publish,
        analysing.rollback,
    ),
    "For auditors": (
        explaining.explain,
        comparing.diff,
        covering.coverage,
        proving.verify,
        proving.prove,
    ),
    "What can be read": (registers.formats, registers.banks, serving.samples),
    "The house": (
        keeping.accounts,
        keeping.rebuild,
        replaying.reread,
        serving.doctor,
        serving.migrate,
    ),
}


def _show_version(*, wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"buffet {version('better-call-buffet')}\n")
        raise typer.Exit


@app.callback()
def buffet(
    *,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show the traceback of an error (BUFFET_DEBUG=1 does too)."),
    ] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Bank statements in, numbers that people trust to the cent out.

    First steps: buffet samples /tmp/s; buffet run /tmp/s; buffet query "SELECT * FROM dim_account".
    """
    if debug:
        os.environ["BUFFET_DEBUG"] = "1"


for _panel, _commands in _PANELS.items():
    for _command in _commands:
        app.command(rich_help_panel=_panel)(_command)
app.add_typer(quarantine.app, name="quarantine", rich_help_panel="Every day")
app.add_typer(transferring.app, name="transfers", rich_help_panel="Every day")
app.add_typer(proposing.app, name="bank", rich_help_panel="What can be read")
app.add_typer(serving.db, name="db", rich_help_panel="The house")


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run one command and end with its exit status; the only place where errors become words.

    Args:
        words: the arguments; null takes those of the process.
    """
    try:
        app(words)
    except Exception as error:  # noqa: BLE001 - the edge of the program
        sys.exit(explain(error, is_debugging=os.environ.get("BUFFET_DEBUG", "0") not in ("", "0")))
    sys.exit(Exit.WELL)
