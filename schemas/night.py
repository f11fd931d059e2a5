"""A night: what it is told, and what it answers."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from schemas.accounts import KnownAccount
from schemas.copies import Copy
from schemas.coverage import Expectation, Late
from schemas.household import NOTHING_SAID, Household
from schemas.receipts import FileReceipt, Receipt


@dataclass(frozen=True)
class Plan:
    """Everything a night needs to know; plain values, so that it can travel to another process.

    Attributes:
        run_id: UUID of the run.
        started_at: UTC instant; the only clock the night looks at.
        today_on: the civil day of that instant where the owners live.
        code_version: version of this code.
        meant_by: a digest of all that movements' meaning follows from, but movements and words.
        root: folder or file to claim from.
        keeps_originals: true for any place but the inbox: files are copied, not moved.
        default_owner: owner of files in no owner's folder.
        quiet_seconds: a younger file is still being written.
        archive: folder of claimed bytes.
        staging: folder of this run's working files; removed at its end.
        marts: folder of the published marts.
        docs: folder of the audit's pages.
        database_url: SQLAlchemy URL of the ledger.
        batch_files: most files in a batch.
        batch_bytes: most bytes in a batch.
        keep_generations: generations that stay.
        marts_memory: memory limit of DuckDB.
        replay: sha256s to read again from the archive instead of claiming; empty for a night.
        is_dry_run: read and check everything, keep nothing.
        use_proposals: read tables of unknown banks where their balances prove how.
        accounts: what their owners say of accounts, as it stood when the run began.
        household: what they say of cards, subscriptions and plans.
        rules: the text of the rules.toml of the data home; null where there is none.
        rates: the text of its rates.csv.
        share_marts: make the copy for others with each publication.
        base_currency: into which worth in other currencies is converted.
        rate_days: so many days old may a rate be.
        expected: what they say of the statements that are to come.
        not_before: the instant after which the run begins for the ledger, where its clock was set
            back: that of the last run, or of what is known since; null where it was not.
    """

    run_id: str
    started_at: datetime
    today_on: date
    code_version: str
    meant_by: str
    root: Path
    keeps_originals: bool
    default_owner: str
    quiet_seconds: float
    archive: Path
    staging: Path
    marts: Path
    docs: Path
    database_url: str = field(repr=False)
    batch_files: int
    batch_bytes: int
    keep_generations: int
    marts_memory: str
    replay: tuple[str, ...] = ()
    is_dry_run: bool = False
    use_proposals: bool = False
    accounts: tuple[KnownAccount, ...] = ()
    household: Household = NOTHING_SAID
    rules: str | None = field(default=None, repr=False)
    rates: str | None = field(default=None, repr=False)
    share_marts: bool = False
    base_currency: str = "BRL"
    rate_days: int = 7
    expected: tuple[Expectation, ...] = ()
    not_before: datetime | None = None

    @property
    def known_from(self) -> datetime:
        """The instant from which the ledger knows what the run loads; later than all before it."""
        if self.not_before is None or self.not_before < self.started_at:
            return self.started_at
        return self.not_before + timedelta(microseconds=1)


@dataclass(frozen=True)
class Changed:
    """What a run changes in one month of one account.

    Attributes:
        owner, account_name, currency: the account.
        month: first day of the month.
        added: movements that the ledger did not know.
        superseded: such as another source tells, so that they do not count.
        restated: movements that it knew, and that stand otherwise now.
        change: by how much the sum of the booked movements changes.
    """

    owner: str
    account_name: str
    currency: str
    month: date
    added: int
    superseded: int
    restated: int
    change: Decimal


@dataclass(frozen=True)
class Changes:
    """What a run changes, and a digest, which a dry run and the real one have in common."""

    by_month: tuple[Changed, ...]
    digest: str


@dataclass(frozen=True)
class Exported:
    """One snapshot of the ledger as files, and what Postgres says that they add up to.

    Either of the whole ledger, or of what changed in it since a generation of the marts.

    Attributes:
        tables: the file, or folder of files, of each table of schemas.ledger.EXPORTS and of
            schemas.words.WORDS, and a Parquet file of the movements to find out about; they hold
            bank data.
        totals: by currency, how many of the transactions in the files count, and their sum.
        notes: ids of the notes of the ledger that the snapshot saw.
        touched: by account the day from which on transactions are in the files; empty for all.
        made_from: the generation that they are newer than; null for the whole ledger.
        how: brought up to date, or built whole and why.
        meant: by owner a digest of all that meaning follows from, but the movements.
        settled: owners whose movements mean what they meant; theirs are not among the files.
    """

    tables: dict[str, Path]
    totals: dict[str, tuple[int, Decimal]]
    notes: tuple[int, ...]
    touched: dict[str, str]
    made_from: Path | None
    how: str
    meant: dict[str, str]
    settled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Enriched:
    """What movements mean, as files.

    Attributes:
        tables: for each table of schemas.enrichment.ENRICHED a folder of Parquet files.
        counts: rows by table.
    """

    tables: dict[str, Path]
    counts: dict[str, int]


@dataclass(frozen=True)
class AuditSummary:
    """What the audit said: passed or not, the names of failed checks and warnings, its pages."""

    is_passed: bool
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    checks: int
    docs: str


@dataclass(frozen=True)
class Generation:
    """A published generation of the marts.

    Attributes:
        generation: its id.
        path: the link that shows it.
        digests: of each mart.
        warned: checks that warn, of what was made anew.
        how: brought up to date, or built whole and why.
        shared: the link that shows the copy for others; null where none was made.
        unshared: why none was made, though it is wanted; null where all is well.
    """

    generation: str
    path: str
    digests: dict[str, str]
    warned: tuple[str, ...] = ()
    how: str = ""
    shared: str | None = None
    unshared: str | None = None


@dataclass(frozen=True)
class Doubt:
    """Marts could not be brought up to date; `why`, in words. All of them must be built."""

    why: str


@dataclass(frozen=True)
class NightReceipt:
    """What became of a night.

    Attributes:
        run_id: UUID of the run.
        status: published, dry_run, or refused_by_audit (then the old marts stay).
        files: one receipt a file, known files first.
        not_files: things in the inbox that are no files, as where, problem and remedy.
        left_alone: files that were still being written.
        audit: null on a dry run.
        generation: null unless published.
        seconds: wall time by stage.
        changes: what it changes in the ledger; null where nothing was loaded.
        late: statements that should have come by the day of the run and did not.
        outdated_count: files of the ledger that older readers read.
        copies: files of which equal bytes were dropped where they would be of another account.
    """

    run_id: str
    status: str
    files: tuple[FileReceipt, ...]
    not_files: tuple[dict[str, str], ...]
    left_alone: tuple[str, ...]
    audit: AuditSummary | None
    generation: Generation | None
    seconds: dict[str, float]
    changes: Changes | None = None
    late: tuple[Late, ...] = ()
    outdated_count: int = 0
    copies: tuple[Copy, ...] = ()

    @property
    def receipt(self) -> Receipt:
        """The records of the whole night."""
        return Receipt.total(one.receipt for one in self.files)

    def outcomes(self) -> dict[str, int]:
        """How many files were loaded, partly loaded, quarantined, refused, dropped, known."""
        names = ("loaded", "partly", "quarantined", "refused", "dropped", "known")
        counts = {name: sum(one.fate == name for one in self.files) for name in names}
        counts["refused"] += len(self.not_files)
        return counts

    @property
    def is_clean(self) -> bool:
        """True when nothing new was refused, quarantined or set aside, but what was dropped."""
        return not (self.not_files or any(one.is_open for one in self.files))
