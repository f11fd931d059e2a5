"""`buffet read` and `buffet identify`: look into files; no database, nothing is kept."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import talk
from flows.exits import Exit
from schemas.errors import FileError, WrongUsage

if TYPE_CHECKING:
    import polars as pl

    from tasks.extract.given import Given
    from tasks.extract.read import BatchReading

_PACK_FILES, _PACK_BYTES = 500, 64 * 1024 * 1024
_HEADS = {
    "account_ref": "account",
    "currency": "currency",
    "opening_balance": "opening",
    "transaction_count": "entries",
    "amount_sum": "sum",
    "closing_balance": "closing",
    "set_aside_count": "set_aside",
    "proof": "proof",
}


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
    for number, part in enumerate(_packs(files)):
        told = _Told(part, use_proposals=use)
        if as_json:
            lines.put(told.summaries, [one.container for one in part])
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


def _packs(files: Sequence[str]) -> Iterator[list["Given"]]:
    """Files in order, so many at once that memory does not depend on how many there are."""
    from tasks.extract.given import open_each, size_of

    pack: list[Given] = []
    filled = 0
    for path in files:
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


class _Told:
    """A pack of files, read, and the ways of telling what is in them."""

    def __init__(self, pack: "Sequence[Given]", *, use_proposals: bool) -> None:
        from tasks.extract.read import read_batch
        from tasks.extract.summary import holdable, statements_of, summary
        from tasks.validate.balances import prove

        self._given = pack
        sources = [replace(one.source, file_no=no) for no, one in enumerate(pack) if one.source]
        reading: BatchReading = read_batch(sources, use_proposals=use_proposals)
        fit = holdable(reading.transactions)
        findings = reading.findings.vstack(fit.findings)
        proven = prove(reading.statements, fit.transactions, findings)
        self._reading = reading
        self._findings = findings.vstack(proven.findings)
        self._is_contradicted = bool(proven.statements["is_quarantined"].any())
        results = {result.file_no: result for result in reading.files}
        statements = statements_of(reading, proven.statements)
        self.summaries = [
            summary(one, results.get(no), statements.get(no, []))
            for no, one in enumerate(self._given)
        ]

    @property
    def is_well(self) -> bool:
        """Would the night load everything in these files?"""
        return (
            all(not one["error"] for one in self.summaries)
            and not self._findings["is_set_aside"].any()
            and not self._is_contradicted
        )

    def transactions(self) -> "pl.DataFrame":
        """Every transaction with its file and place; the account masked."""
        import polars as pl

        from schemas.masking import masked

        accounts = self._reading.statements.select(
            "file_no",
            "statement_no",
            pl.col("account_ref")
            .map_elements(masked, pl.String, skip_nulls=False)
            .alias("account"),
        )
        names = [os.fsencode(one.path).decode("utf-8", "backslashreplace") for one in self._given]
        files = pl.Series("file", names, dtype=pl.String)
        named = self._reading.transactions.join(
            accounts, on=["file_no", "statement_no"], how="left", maintain_order="left"
        )
        return named.with_columns(files.gather(named["file_no"]).alias("file")).select(
            "file",
            "statement_no",
            "account",
            *("place", "booked_on", "valued_on", "amount", "currency", "description"),
            *("counterparty", "bank_ref", "kind_code", "balance_after", "status"),
        )

    def show(self, *, has_places: bool) -> None:
        """A table a file, its findings, and if wanted where each transaction stands."""
        for number, one in enumerate(self.summaries):
            name = self._shown(number)
            if one["error"]:
                continue
            statements = one["statements"]
            assert isinstance(statements, list), "statements are a list"  # noqa: S101
            title = f"{name}: {one['format']}, {one['encoding']}, {one['bank'] or 'bank not named'}"
            talk.put_rows(
                [{head: row[name] for name, head in _HEADS.items()} for row in statements],
                title=title,
                empty=f"{title}: it holds no statement",
            )
            talk.put_rows(self._findings_of(number), title=f"{name}: findings")
            if has_places:
                self._show_places(number, name)
        self.say_refusals()

    def say_refusals(self) -> None:
        """Refused files, each with its reason and the next move."""
        for number, one in enumerate(self.summaries):
            if isinstance(one["error"], dict):
                said = f"{one['error']['problem']}\n  remedy  {one['error']['remedy']}"
                talk.say(f"{self._shown(number)}: {said}")

    def say_findings(self) -> None:
        """Findings by place and code; what the bank printed is not for stderr."""
        for number in range(len(self._given)):
            for row in self._findings_of(number):
                head = f"{self._shown(number)}: {row['place']}: {row['outcome']}: {row['code']}"
                talk.say(f"{head}\n  remedy  {row['remedy']}")

    def _findings_of(self, number: int) -> list[dict[str, object]]:
        return [
            {
                "place": row["place"] or f"statement {row['statement_no']}",
                "outcome": "set aside" if row["is_set_aside"] else "note",
                **{name: row[name] for name in ("code", "message", "remedy")},
            }
            for row in self._findings.filter(file_no=number).iter_rows(named=True)
        ]

    def _show_places(self, number: int, name: str) -> None:
        rows = self._reading.transactions.filter(file_no=number).select(
            *("place", "booked_on", "amount", "currency", "status", "description", "raw_text")
        )
        talk.put_rows(rows.to_dicts(), title=f"{name}: transactions")
        aside = self._findings.filter(file_no=number, is_set_aside=True)
        talk.put_rows(
            aside.select("place", "code", "raw_text").to_dicts(), title=f"{name}: set aside"
        )

    def _shown(self, number: int) -> str:
        given = self._given[number]
        if given.source:
            return given.source.name
        assert given.error is not None, "without a file there is a reason"  # noqa: S101
        return given.error.where
