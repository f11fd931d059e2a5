"""`buffet read` and `buffet identify`: look into files; no database, nothing is kept."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import talk
from flows.commands.told import Told
from flows.exits import Exit
from schemas.errors import FileError, WrongUsage

if TYPE_CHECKING:
    from tasks.extract.given import Given, GivenLarge

_PACK_FILES, _PACK_BYTES = 500, 64 * 1024 * 1024


def read(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Statement files.")],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line and a file.")
    ] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Every transaction as CSV, safe for a spreadsheet.")
    ] = False,
    places: Annotated[
        bool, typer.Option("--places", help="Also show where each record stands, as printed.")
    ] = False,
    use: Annotated[
        bool,
        typer.Option(
            "--use", help="Read a CSV of an unknown bank as proposed, if its balances prove it."
        ),
    ] = False,
) -> None:
    """Read files and show what is in them; nothing is stored.

    Format and bank are found by content. The proof: does opening + movements = closing hold?
    A zip or gzip is unpacked, and each of its files is shown as one.

    Example: buffet read data/samples/ana/*/*

    Next: buffet run FILE loads it; buffet identify FILE --why when nobody recognises it.
    """
    if as_json + as_csv + places > 1:
        raise WrongUsage("buffet read", "--json, --csv and --places exclude each other", "take one")
    is_well, lines = True, _Lines()
    for number, told in enumerate(_told(files, use_proposals=use)):
        if as_json:
            lines.put(told.summaries, [one.container for one in told.given[: len(told.summaries)]])
        elif as_csv:
            sys.stdout.write(talk.csv_text(told.transactions(), has_header=number == 0))
            told.say_refusals()
            told.say_findings()
        else:
            told.show(has_places=places)
        is_well &= told.is_well
    lines.end()
    raise typer.Exit(Exit.WELL if is_well else Exit.SET_ASIDE)


def identify(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A statement file.")],
    *,
    why: Annotated[
        bool, typer.Option("--why", help="All evidence, and near misses if there is none.")
    ] = False,
) -> None:
    """Say which reader takes a file; its content decides, never its name.

    Example: buffet identify statement.csv --why

    Next: buffet read FILE; buffet banks lists the layouts; a new bank is one TOML file.
    """
    from tasks.extract.given import open_each

    found = open_each(file)
    is_known = [_tell_reader(given, why=why, is_alone=len(found) == 1) for given in found]
    raise typer.Exit(Exit.WELL if all(is_known) else Exit.SET_ASIDE)


def _tell_reader(given: "Given", *, why: bool, is_alone: bool) -> bool:
    """Say which reader takes a file; true if one does. A file that stands alone raises instead."""
    from tasks.extract.identify import clues
    from tasks.extract.identify import identify as find
    from tasks.extract.near import near_misses

    try:
        if given.source is None:
            assert given.error is not None, "without a file there is a reason"  # noqa: S101
            raise given.error
        head = "" if is_alone else f"{given.source.name}: "
        if why:
            found = clues(given.source)
            for one, clue in found:
                talk.put(f"{head}{one.name} {clue.layout}".strip() + f": {clue.because}")
            for sentence in [] if found else near_misses(given.source):
                talk.put(f"{head}not {talk.printable(sentence)}")
        reader = find(given.source)
        if not why:
            talk.put(f"{head}{reader.format.name} {reader.layout}".strip())
    except FileError as error:
        if is_alone:
            raise
        talk.say(str(error))
        return False
    return True


def _told(files: Sequence[str], *, use_proposals: bool) -> Iterator[Told]:
    """Files in order, read so many at once that memory depends neither on their number nor size."""
    from flows.commands.told import told, told_in_volumes

    for pack in _packs(files):
        if isinstance(pack, list):
            yield told(pack, use_proposals=use_proposals)
        else:
            yield from told_in_volumes(pack, use_proposals=use_proposals)


def _packs(files: Sequence[str]) -> Iterator["list[Given] | GivenLarge"]:
    """Files in order, some at a time; a large one by itself."""
    from tasks.extract.given import open_each, open_large, size_of

    pack: list[Given] = []
    filled = 0
    for path in files:
        if large := open_large(path):
            if pack:
                yield pack
            pack, filled = [], 0
            yield large
            continue
        if pack and filled + size_of(path) > _PACK_BYTES:
            yield pack
            pack, filled = [], 0
        for given in open_each(path):
            size = len(given.source.data) if given.source else 0
            if pack and (len(pack) == _PACK_FILES or filled + size > _PACK_BYTES):
                yield pack
                pack, filled = [], 0
            pack.append(given)
            filled += size
    if pack:
        yield pack


class _Lines:
    """One JSON object a line and a path; what lay in a zip or gzip stands in its object."""

    def __init__(self) -> None:
        self._open = ""
        self._members: list[dict[str, object]] = []

    def put(
        self, summaries: "Sequence[dict[str, object]]", containers: Sequence[str | None]
    ) -> None:
        """Put these files; the last container stays open, as more of it may follow."""
        for one, container in zip(summaries, containers, strict=True):
            if container != self._open:
                self.end()
            if container is None:
                talk.put_json([one])
            else:
                self._open = container
                self._members.append(one)

    def end(self) -> None:
        """Put the container that is open."""
        from tasks.extract.summary import container_summary

        if self._members:
            talk.put_json([container_summary(self._open, self._members)])
        self._open, self._members = "", []
