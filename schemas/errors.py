"""Every way in which we say no, and what to do about it.

    BuffetError
    ├── WrongUsage            the command was called wrongly
    ├── SettingsError         a setting is missing or does not make sense
    ├── FileError             stops one file; the night goes on
    │   ├── NotAFile              a symlink, a folder, a pipe
    │   ├── BrokenTicket          what is known of a file that waits cannot be read
    │   ├── EmptyFile             nothing in it
    │   ├── UnknownFormat         no reader knows it
    │   ├── AmbiguousFormat       more than one reader knows it
    │   ├── UndecodableFile       no encoding fits its bytes
    │   ├── MalformedFile         broken at a place that we can name
    │   ├── UnsafeContainer       a zip or gzip that is damaged, too large, or a trap
    │   ├── DamagedFile           the archive holds other bytes than those that came
    │   ├── BankRefusal           the bank's answer is an error, not a statement
    │   ├── NotAStatement         a known document that states no account
    │   └── CountMismatch         a reader lost or invented a record
    ├── LedgerError           stops the night; nothing half done is kept
    │   ├── LedgerUnavailable     no server, or it does not answer
    │   ├── LedgerBusy            another run holds the ledger
    │   └── LedgerOutdated        the schema is older or newer than this code
    ├── WindowGone            the server of Prefect went away in the middle of a run
    ├── AuditRefused          the ledger failed its audit; the old marts stay
    └── PublishError          a new generation could not be built or sealed
        └── MartsUnavailable      there are no published marts to read

An exception stops a file, a finding sets aside a record, a verdict stops a publication.
"""

from typing import ClassVar


class BuffetError(Exception):
    """Where, problem, remedy: the three things a person needs.

    All fields are positional so that an error survives a process boundary (pickle).
    """

    code: ClassVar[str] = "error"

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        super().__init__(where, problem, remedy)
        self.where = where
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        head = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{head}\n  remedy  {self.remedy}" if self.remedy else head

    def as_dict(self) -> dict[str, str]:
        """The error as plain text fields: code, where, problem, remedy."""
        return {
            "code": self.code,
            "where": self.where,
            "problem": self.problem,
            "remedy": self.remedy,
        }


class WrongUsage(BuffetError):
    """The command was called wrongly."""

    code = "wrong_usage"


class SettingsError(BuffetError):
    """A setting is missing or does not make sense."""

    code = "settings"


class FileError(BuffetError):
    """Stops one file; its neighbours go on."""

    code = "file"


class NotAFile(FileError):
    """A symlink, a folder or a pipe where a statement was expected."""

    code = "not_a_file"


class BrokenTicket(FileError):
    """What is known of a file that waits cannot be read, since a disk or the power failed."""

    code = "broken_ticket"


class EmptyFile(FileError):
    """A file without a byte of content."""

    code = "empty_file"


class UnknownFormat(FileError):
    """No reader recognises the content."""

    code = "unknown_format"


class AmbiguousFormat(FileError):
    """More than one reader, or more than one bank layout, recognises the content."""

    code = "ambiguous_format"


class UndecodableFile(FileError):
    """No encoding that the format allows fits the bytes."""

    code = "undecodable_file"


class MalformedFile(FileError):
    """The file breaks its own format at a place that we can name."""

    code = "malformed_file"


class UnsafeContainer(FileError):
    """A zip or gzip that cannot be unpacked whole and within limits: damaged, or a trap."""

    code = "unsafe_container"


class DamagedFile(FileError):
    """The bytes that the archive holds of a file are not those that were dropped."""

    code = "damaged_file"


class BankRefusal(FileError):
    """The file is the bank's error message, not a statement."""

    code = "bank_refusal"


class NotAStatement(FileError):
    """A document that we know, which states no account: a payment order, a collection return."""

    code = "not_a_statement"


class CountMismatch(FileError):
    """The independent count of raw records differs from what the reader accounts for."""

    code = "count_mismatch"


class LedgerError(BuffetError):
    """Stops the night; nothing half done is kept."""

    code = "ledger"


class LedgerUnavailable(LedgerError):
    """No Postgres server could be started or reached."""

    code = "ledger_unavailable"


class LedgerBusy(LedgerError):
    """Another run holds the ledger's lock."""

    code = "ledger_busy"


class LedgerOutdated(LedgerError):
    """The ledger's schema is not the one this code was written for."""

    code = "ledger_outdated"


class WindowGone(BuffetError):
    """The server of Prefect went away before the run had ended; what was done is whole."""

    code = "window_gone"


class AuditRefused(BuffetError):
    """The ledger failed its audit, so the marts were not published."""

    code = "audit_refused"


class PublishError(BuffetError):
    """A new generation of the marts could not be built, checked or sealed."""

    code = "publish"


class MartsUnavailable(PublishError):
    """There are no published marts, or they cannot be opened."""

    code = "marts_unavailable"
