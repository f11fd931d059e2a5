"""The ledger's tables in Postgres, the system of record.

    account ◀── statement ◀── entry ──▶ transaction ──▶ account
                    │           └ what one file printed   └ what happened, once
    file ◀──────────┴── finding, file_receipt ──▶ run ◀── publication
    decision: what a person said of a finding that holds something
    check_result ──▶ run: how each check of a run went

An entry is what a statement printed; what it says is never changed. A transaction is the movement
it tells: several statements may print it, so it points at its best entry (booked before pending,
then the rank of the source, then the lowest sha256, then the lowest record number), which no order
of arrival can change.

Whether a transaction counts is its standing, worked out in `standing.py` from all that the ledger
holds. When that changes, the version before goes into transaction_version: what the ledger knew on
a day can be asked for ever after.

The two large tables, entry and transaction, have no foreign keys: checked row by row they cost
three times the load itself. The merge joins against the tables they would name, and the nightly
audit counts orphans.
"""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = "ledger"

_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of the ledger."""

    metadata = sa.MetaData(schema=SCHEMA, naming_convention=_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy, never written
        str: sa.Text(),
        Decimal: sa.Numeric(19, 4),
        datetime: sa.DateTime(timezone=True),
    }


_ID = sa.Uuid(as_uuid=False)
_TOTAL = sa.Numeric(38, 4)


class Account(Base):
    """One container of money, in one currency, at one institution, of one owner."""

    __tablename__ = "account"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    owner: Mapped[str]
    institution: Mapped[str]
    account_ref: Mapped[str]
    account_name: Mapped[str]
    account_tail: Mapped[str]
    account_kind: Mapped[str]
    currency: Mapped[str]
    is_claimed: Mapped[bool]


class Run(Base):
    """One run of the pipeline; a night, a replay, a publication by hand."""

    __tablename__ = "run"

    run_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    kind: Mapped[str]
    status: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    code_version: Mapped[str]
    problem: Mapped[str | None]


class File(Base):
    """One file, known by the sha256 of its bytes."""

    __tablename__ = "file"
    __table_args__ = (sa.Index(None, "status", postgresql_where=sa.text("status <> 'loaded'")),)

    file_id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    owner: Mapped[str]
    account_name: Mapped[str | None]
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    received_at: Mapped[datetime]
    format: Mapped[str | None]
    layout: Mapped[str | None]
    bank: Mapped[str | None]
    encoding: Mapped[str | None]
    reader: Mapped[str | None]
    source_rank: Mapped[int]
    status: Mapped[str]
    attempts: Mapped[int]
    read: Mapped[int] = mapped_column(sa.BigInteger)
    set_aside: Mapped[int] = mapped_column(sa.BigInteger)
    markers: Mapped[int] = mapped_column(sa.BigInteger)
    error_code: Mapped[str | None]
    error_where: Mapped[str | None]
    error_problem: Mapped[str | None]
    error_remedy: Mapped[str | None]


class FileReceipt(Base):
    """What became of one file's records in one run; one that does not add up is refused."""

    __tablename__ = "file_receipt"
    __table_args__ = (
        sa.CheckConstraint(
            "read = inserted + already_known + superseded + set_aside + markers",
            name="conserves",
        ),
    )

    run_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey(Run.run_id), primary_key=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey(File.file_id), primary_key=True)
    batch_no: Mapped[int]
    outcome: Mapped[str]
    read: Mapped[int] = mapped_column(sa.BigInteger)
    inserted: Mapped[int] = mapped_column(sa.BigInteger)
    already_known: Mapped[int] = mapped_column(sa.BigInteger)
    superseded: Mapped[int] = mapped_column(sa.BigInteger)
    set_aside: Mapped[int] = mapped_column(sa.BigInteger)
    markers: Mapped[int] = mapped_column(sa.BigInteger)


class Statement(Base):
    """One statement of one file, with the arithmetic that proves it or not."""

    __tablename__ = "statement"

    file_id: Mapped[int] = mapped_column(sa.ForeignKey(File.file_id), primary_key=True)
    statement_no: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey(Account.account_id), index=True)
    currency: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    opening_balance: Mapped[Decimal | None] = mapped_column(_TOTAL)
    opening_on: Mapped[date | None]
    closing_balance: Mapped[Decimal | None] = mapped_column(_TOTAL)
    closing_on: Mapped[date | None]
    stated_on: Mapped[date | None]
    record_count: Mapped[int]
    set_aside_count: Mapped[int]
    credit_sum: Mapped[Decimal] = mapped_column(_TOTAL)
    debit_sum: Mapped[Decimal] = mapped_column(_TOTAL)
    difference: Mapped[Decimal | None] = mapped_column(_TOTAL)
    chain_breaks: Mapped[int]
    proof: Mapped[str]
    status: Mapped[str]


class Transaction(Base):
    """One real movement; its identity, and where its best entry stands."""

    __tablename__ = "transaction"
    __table_args__ = (
        sa.Index(None, "account_id", "booked_on"),
        sa.Index(None, "standing", postgresql_where=sa.text("standing = 'withdrawn'")),
        sa.Index(None, "account_id", postgresql_where=sa.text("status = 'pending'")),
        sa.Index(None, "known_from", postgresql_using="brin"),
    )

    transaction_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    account_id: Mapped[str] = mapped_column(_ID)
    booked_on: Mapped[date]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    text_key: Mapped[str]
    ref_key: Mapped[str | None]
    occurrence: Mapped[int]
    status: Mapped[str]
    standing: Mapped[str] = mapped_column(server_default="counts")
    because: Mapped[str | None]
    first_known_at: Mapped[datetime]
    known_from: Mapped[datetime]
    file_id: Mapped[int] = mapped_column(sa.BigInteger)
    record_no: Mapped[int]


class TransactionVersion(Base):
    """How a transaction stood until a later night changed it."""

    __tablename__ = "transaction_version"

    transaction_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    known_from: Mapped[datetime] = mapped_column(primary_key=True)
    known_to: Mapped[datetime]
    status: Mapped[str]
    standing: Mapped[str]
    because: Mapped[str | None]


class Entry(Base):
    """What one statement printed about one transaction.

    What it says is never changed; only which transaction it tells of may be set right, where later
    statements show that equal records are several movements.
    """

    __tablename__ = "entry"

    file_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    record_no: Mapped[int] = mapped_column(primary_key=True)
    statement_no: Mapped[int]
    transaction_id: Mapped[str] = mapped_column(_ID, index=True)
    place: Mapped[str | None]
    status: Mapped[str]
    valued_on: Mapped[date | None]
    description: Mapped[str]
    counterparty: Mapped[str | None]
    bank_ref: Mapped[str | None]
    kind_code: Mapped[str | None]
    balance_after: Mapped[Decimal | None]
    original_amount: Mapped[Decimal | None]
    original_currency: Mapped[str | None]
    exchange_rate: Mapped[Decimal | None] = mapped_column(sa.Numeric())
    raw_text: Mapped[str]


class Detail(Base):
    """A part of an entry: a payment of a batch, a split. Not money of its own; never changed."""

    __tablename__ = "detail"

    file_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    record_no: Mapped[int] = mapped_column(primary_key=True)
    detail_no: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str | None]
    amount: Mapped[Decimal | None] = mapped_column(sa.Numeric())
    currency: Mapped[str]
    description: Mapped[str]
    counterparty: Mapped[str | None]
    bank_ref: Mapped[str | None]
    kind_code: Mapped[str | None]
    original_amount: Mapped[Decimal | None] = mapped_column(sa.Numeric())
    original_currency: Mapped[str | None]
    exchange_rate: Mapped[Decimal | None] = mapped_column(sa.Numeric())
    raw_text: Mapped[str]


class Finding(Base):
    """Why a file, a statement or a record is held, as one reading found it; or a remark.

    `level` says what it holds, null for a remark. `state` is open for what the last reading found,
    replayed for what an earlier one did: what of it is held, and since when, says quarantine.py.
    """

    __tablename__ = "finding"
    __table_args__ = (sa.Index(None, "level", postgresql_where=sa.text("level IS NOT NULL")),)

    finding_id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey(File.file_id), index=True)
    statement_no: Mapped[int | None]
    record_no: Mapped[int | None]
    place: Mapped[str | None]
    code: Mapped[str]
    message: Mapped[str]
    remedy: Mapped[str]
    raw_text: Mapped[str]
    is_set_aside: Mapped[bool]
    level: Mapped[str | None]
    state: Mapped[str]
    run_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey(Run.run_id))


class Decision(Base):
    """What a person said of a held file, statement or record; words are added, never changed.

    The last word about each is in force, see the view decision_in_force. It names its file by the
    sha256, without a foreign key, so that it outlives what was read from it.
    """

    __tablename__ = "decision"

    decision_id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    sha256: Mapped[str] = mapped_column(index=True)
    level: Mapped[str]
    statement_no: Mapped[int | None]
    record_no: Mapped[int | None]
    place: Mapped[str | None]
    raw_sha256: Mapped[str | None]
    word: Mapped[str]
    reason: Mapped[str]
    said_by: Mapped[str]
    said_at: Mapped[datetime]


class Certificate(Base):
    """What a proven statement held, sealed on the certificate before it (certificates.py).

    It names its statement by the file's sha256, without a foreign key: it outlives what it
    certifies.
    """

    __tablename__ = "certificate"
    __table_args__ = (sa.Index(None, "sha256", "statement_no"),)

    certificate_no: Mapped[int] = mapped_column(
        sa.BigInteger, primary_key=True, autoincrement=False
    )
    sha256: Mapped[str]
    statement_no: Mapped[int]
    body: Mapped[str]
    seals: Mapped[bytes]
    hash: Mapped[str]


class CategoryWord(Base):
    """What a person said of the category of a transaction or of a vendor; kept for ever.

    Without a foreign key: a rebuild gives all transactions up, and they come back under their ids.
    """

    __tablename__ = "category_word"
    __table_args__ = (
        sa.CheckConstraint(
            "(scope = 'transaction' AND transaction_id IS NOT NULL AND vendor IS NULL)"
            " OR (scope = 'vendor' AND transaction_id IS NULL AND vendor IS NOT NULL)",
            name="is_about_one",
        ),
    )

    said_id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    owner: Mapped[str]
    scope: Mapped[str]
    transaction_id: Mapped[str | None] = mapped_column(_ID)
    vendor: Mapped[str | None]
    category: Mapped[str]
    said_at: Mapped[datetime]


class TransferWord(Base):
    """Two transactions that a person rejected as a transfer, or reopened; the last word counts."""

    __tablename__ = "transfer_word"

    said_id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    out_transaction_id: Mapped[str] = mapped_column(_ID)
    in_transaction_id: Mapped[str] = mapped_column(_ID)
    word: Mapped[str]
    said_at: Mapped[datetime]


class Publication(Base):
    """One swap of the published marts, forwards or back."""

    __tablename__ = "publication"

    publication_id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    generation: Mapped[str]
    action: Mapped[str]
    run_id: Mapped[str | None] = mapped_column(_ID, sa.ForeignKey(Run.run_id))
    at: Mapped[datetime]


class CheckResult(Base):
    """A check of a run and how it went: of the ledger by the audit, of the marts when built."""

    __tablename__ = "check_result"

    run_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey(Run.run_id), primary_key=True)
    layer: Mapped[str] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(primary_key=True)
    check_name: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    severity: Mapped[str]
    status: Mapped[str]
    observed: Mapped[str]
    expected: Mapped[str]
    failing_rows: Mapped[int] = mapped_column(sa.BigInteger)
    sample_keys: Mapped[str | None]
    checked_at: Mapped[datetime]


class Touched(Base):
    """An account, and the day from which on the published marts may not show it as it is.

    Triggers write it, whoever changes the ledger; a publication takes out what it has shown.
    No account: everything may have changed. The day infinity: only what is said of the account as
    a whole.
    """

    __tablename__ = "touched"

    touched_id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    account_id: Mapped[str | None] = mapped_column(_ID)
    touched_on: Mapped[date]
