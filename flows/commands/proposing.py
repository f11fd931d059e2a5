"""`buffet bank propose`: how a bank that nobody knows writes its tables, proved by arithmetic."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import talk
from flows.exits import Exit
from schemas.errors import WrongUsage

if TYPE_CHECKING:
    from tasks.extract.propose.proposal import Proposal
    from tasks.extract.source import Source

app = typer.Typer(no_args_is_help=True, help="Banks that nobody knows yet.")


@app.callback()
def bank() -> None:
    """Banks that nobody knows yet."""


@app.command()
def propose(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="CSV files of one header.")],
    *,
    name: Annotated[str, typer.Option(help="Name of the layout, such as pt_banco_conta.")] = "",
    bank_name: Annotated[str, typer.Option("--bank", help="The institution.")] = "",
    country: Annotated[str, typer.Option(help="Two letters, ISO 3166.")] = "XX",
    currency: Annotated[str, typer.Option(help="ISO 4217, where no column names it.")] = "",
    kind: Annotated[str, typer.Option(help="bank, card or investment.")] = "bank",
    encoding: Annotated[str, typer.Option(help="Where the bytes leave a choice.")] = "",
    write: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the proven TOML into this folder.")
    ] = None,
) -> None:
    """Work out how a bank writes its CSV, and print it as a layout; nothing is guessed.

    Proven: under one reading only, balances follow from amounts in every row, or the amounts lead
    from the opening to the closing balance that stand above or below the table. What is not proven
    is shown with what is open, and never used.

    Example: buffet bank propose extrato-março.csv extrato-abril.csv --write tasks/extract/banks

    Next: edit the names, then buffet read FILE; add a case below tests/tasks/extract/banks.
    """
    from tasks.extract.propose.layout import Naming
    from tasks.extract.propose.proposal import Verdict
    from tasks.extract.propose.proposal import propose as work_out

    sources = [source for source in _opened(files) if not _is_known(source)]
    if not sources:
        raise typer.Exit(Exit.WELL)
    proposal = work_out(sources, Naming(name, bank_name, country, currency, kind, encoding))
    _tell(proposal)
    if proposal.verdict != Verdict.PROVEN:
        raise typer.Exit(Exit.SET_ASIDE)
    if write is not None:
        _write(proposal, write)


def _opened(paths: Sequence[str]) -> "list[Source]":
    from tasks.extract.given import open_given

    sources = []
    for number, path in enumerate(paths):
        given = open_given(path, number)
        if given.source is None:
            assert given.error is not None, "without a file there is a reason"  # noqa: S101
            raise given.error
        sources.append(given.source)
    return sources


def _is_known(source: "Source") -> bool:
    """Say so if a reader takes the file already."""
    from tasks.extract.identify import clues

    found = clues(source)
    for one, clue in found:
        talk.say(f"{source.name}: {f'{one.name} {clue.layout}'.strip()} reads it already")
    return bool(found)


def _tell(proposal: "Proposal") -> None:
    """Evidence and doubts to the person, layouts to stdout."""
    talk.say(f"{proposal.verdict.value}{f': {proposal.problem}' if proposal.problem else ''}")
    for number, reading in enumerate(proposal.readings, start=1):
        head = f"reading {number}: " if len(proposal.readings) > 1 else ""
        for sentence in reading.evidence:
            talk.say(f"  {head}{sentence}")
        for sentence in reading.doubts:
            talk.say(f"  {head}open: {sentence}")
        talk.put(talk.printable(reading.toml, keeps_lines=True))


def _write(proposal: "Proposal", folder: Path) -> None:
    """Write the layout; an existing one is never overwritten."""
    layout = proposal.readings[0].layout
    assert layout is not None, "a proven proposal has a layout"  # noqa: S101
    target = folder / f"{layout.name}.toml"
    if not folder.is_dir():
        raise WrongUsage(str(folder), "there is no such folder", "name one that exists")
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(proposal.readings[0].toml)
    except FileExistsError:
        raise WrongUsage(str(target), "the file exists", "choose another --name") from None
    talk.say(f"written: {target}")
