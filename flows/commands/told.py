"""What `buffet read` found in some files, or in a volume of a large one, and ways of telling it."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from flows.commands import talk

if TYPE_CHECKING:
    import polars as pl

    from tasks.extract.given import Given, GivenLarge
    from tasks.extract.read import BatchReading

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


@dataclass(frozen=True)
class Told:
    """Files that were read, or a volume of a large file, and the ways of telling what is in them.

    Attributes:
        given: the files.
        names: what messages call them.
        typed: gives TYPED, which of a volume lies on the disk until it is asked for.
        statements: STATEMENT.
        findings: FINDING, those of the validation too.
        summaries: plain values, one a file; empty for the volumes of a file behind its first.
        is_contradicted: do the balances of a statement contradict its movements?
    """

    given: "Sequence[Given]"
    names: Sequence[str]
    typed: "Callable[[], pl.DataFrame]"
    statements: "pl.DataFrame"
    findings: "pl.DataFrame"
    summaries: Sequence[dict[str, object]]
    is_contradicted: bool

    @property
    def is_well(self) -> bool:
        """Would the night load everything in these files?"""
        return (
            all(not one["error"] for one in self.summaries)
            and not self.findings["is_set_aside"].any()
            and not self.is_contradicted
        )

    def transactions(self) -> "pl.DataFrame":
        """Every transaction with its file and place; the account masked."""
        import polars as pl

        from schemas.masking import masked

        accounts = self.statements.select(
            "file_no",
            "statement_no",
            pl.col("account_ref")
            .map_elements(masked, pl.String, skip_nulls=False)
            .alias("account"),
        )
        names = [os.fsencode(one.path).decode("utf-8", "backslashreplace") for one in self.given]
        files = pl.Series("file", names, dtype=pl.String)
        named = self.typed().join(
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
        is_read = [True] * len(self.names)
        for number, one in enumerate(self.summaries):
            is_read[number] = not one["error"]
            if not one["error"]:
                self._show_statements(number, one)
        for number, name in enumerate(self.names):
            if not is_read[number]:
                continue
            talk.put_rows(self._findings_of(number), title=f"{name}: findings")
            if has_places:
                self._show_places(number, name)
        self.say_refusals()

    def say_refusals(self) -> None:
        """Refused files, each with its reason and the next move."""
        for number, one in enumerate(self.summaries):
            if isinstance(one["error"], dict):
                said = f"{one['error']['problem']}\n  remedy  {one['error']['remedy']}"
                talk.say(f"{self.names[number]}: {said}")

    def say_findings(self) -> None:
        """Findings by place and code; what the bank printed is not for stderr."""
        for number in range(len(self.given)):
            for row in self._findings_of(number):
                head = f"{self.names[number]}: {row['place']}: {row['outcome']}: {row['code']}"
                talk.say(f"{head}\n  remedy  {row['remedy']}")

    def _findings_of(self, number: int) -> list[dict[str, object]]:
        return [
            {
                "place": row["place"] or f"statement {row['statement_no']}",
                "outcome": "set aside" if row["is_set_aside"] else "note",
                **{name: row[name] for name in ("code", "message", "remedy")},
            }
            for row in self.findings.filter(file_no=number).iter_rows(named=True)
        ]

    def _show_places(self, number: int, name: str) -> None:
        rows = (
            self.typed()
            .filter(file_no=number)
            .select(
                *("place", "booked_on", "amount", "currency", "status", "description", "raw_text")
            )
        )
        talk.put_rows(rows.to_dicts(), title=f"{name}: transactions")
        aside = self.findings.filter(file_no=number, is_set_aside=True)
        talk.put_rows(
            aside.select("place", "code", "raw_text").to_dicts(), title=f"{name}: set aside"
        )

    def _show_statements(self, number: int, one: dict[str, object]) -> None:
        statements = one["statements"]
        assert isinstance(statements, list), "statements are a list"  # noqa: S101
        bank = one["bank"] or "bank not named"
        title = f"{self.names[number]}: {one['format']}, {one['encoding']}, {bank}"
        talk.put_rows(
            [{head: row[name] for name, head in _HEADS.items()} for row in statements],
            title=title,
            empty=f"{title}: it holds no statement",
        )


def told(pack: "Sequence[Given]", *, use_proposals: bool) -> Told:
    """Read a pack of files."""
    from tasks.extract.read import read_batch
    from tasks.extract.summary import counts_of, holdable, statements_of, summary
    from tasks.validate.balances import prove

    sources = [replace(one.source, file_no=no) for no, one in enumerate(pack) if one.source]
    reading = read_batch(sources, use_proposals=use_proposals)
    fit = holdable(reading.transactions)
    findings = reading.findings.vstack(fit.findings)
    proven = prove(reading.statements, fit.transactions, findings)
    results = {result.file_no: result for result in reading.files}
    statements = statements_of(reading.statements, [counts_of(reading)], proven.statements)
    return Told(
        given=pack,
        names=[_name(one) for one in pack],
        typed=lambda: reading.transactions,
        statements=reading.statements,
        findings=findings.vstack(proven.findings),
        summaries=[
            summary(one, results.get(no), statements.get(no, [])) for no, one in enumerate(pack)
        ],
        is_contradicted=bool(proven.statements["is_quarantined"].any()),
    )


def told_in_volumes(large: "GivenLarge", *, use_proposals: bool) -> Iterator[Told]:
    """Read a large file; its rows lie on the disk until they are told, a volume at a time."""
    from tasks.extract.read import read_batch
    from tasks.extract.summary import holdable, statements_of, summary
    from tasks.extract.volumes import read_large
    from tasks.validate.balances import broken_rows, judge

    with TemporaryDirectory(prefix="buffet-read-") as folder:
        shelf = _Shelf(Path(folder))
        whole = read_large(large.file, shelf, use_proposals=use_proposals)
        if not shelf.tallies:
            shelf.put(read_batch([]))
        judged = judge(whole.statements, shelf.tallies)
        told = statements_of(whole.statements, shelf.counts, judged.statements)
        given = large.given()

        for number in range(len(shelf.tallies)):
            said = shelf.findings(number)
            if judged.ways.height:
                fit = holdable(shelf.typed(number)).transactions
                said = said.vstack(broken_rows(fit, shelf.tallies[:number], judged))
            yield Told(
                given=[given],
                names=[large.file.name],
                typed=partial(shelf.typed, number),
                statements=whole.statements,
                findings=said if number else said.vstack(judged.findings),
                summaries=[] if number else [summary(given, whole.file, told.get(0, []))],
                is_contradicted=bool(judged.statements["is_quarantined"].any()),
            )


@dataclass
class _Shelf:
    """The volumes of a large file in a folder, and what each holds of the statements."""

    folder: Path
    tallies: "list[pl.DataFrame]" = field(default_factory=list)
    counts: "list[pl.DataFrame]" = field(default_factory=list)

    def put(self, rows: "BatchReading") -> None:
        """Write a volume, and sum it up."""
        from tasks.extract.summary import counts_of, holdable
        from tasks.validate.balances import tally

        fit = holdable(rows.transactions)
        rows.transactions.write_ipc(self.folder / f"typed-{len(self.tallies)}.arrow")
        findings = rows.findings.vstack(fit.findings)
        findings.write_ipc(self.folder / f"findings-{len(self.tallies)}.arrow")
        self.tallies.append(tally(fit.transactions, findings))
        self.counts.append(counts_of(rows))

    def clear(self) -> None:
        """Forget all volumes; others are written over them."""
        self.tallies, self.counts = [], []

    def typed(self, number: int) -> "pl.DataFrame":
        """TYPED of a volume."""
        import polars as pl

        return pl.read_ipc(self.folder / f"typed-{number}.arrow")

    def findings(self, number: int) -> "pl.DataFrame":
        """FINDING of a volume, and of what of it the ledger cannot hold."""
        import polars as pl

        return pl.read_ipc(self.folder / f"findings-{number}.arrow")


def _name(given: "Given") -> str:
    """What messages call a file."""
    if given.source:
        return given.source.name
    assert given.error is not None, "without a file there is a reason"  # noqa: S101
    return given.error.where
