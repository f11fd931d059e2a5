"""Copies: equal bytes in several folders, of which the ledger holds one file."""

from dataclasses import dataclass

import polars as pl

from schemas.ticket import Folder

COPIED = pl.Schema({"sha256": pl.String(), "owner": pl.String(), "account_name": pl.String()})
"""One row a file of a batch and another folder in which its bytes lay."""


@dataclass(frozen=True)
class Dropped:
    """A file of the ledger, and another folder in which equal bytes lay.

    Attributes:
        sha256, name: the file; show its name masked.
        home: the folder of the one that came first, by which the ledger holds it.
        other: the other folder.
        account_refs: what names the accounts of its statements; empty where it could not be read.
    """

    sha256: str
    name: str
    home: Folder
    other: Folder
    account_refs: tuple[str, ...]


@dataclass(frozen=True)
class Copy:
    """Bytes that were not loaded a second time, though they may be of another account.

    Attributes:
        sha256: of the bytes.
        shown_name: the name of the file that the ledger holds, long numbers masked.
        home: the folder by which the ledger holds it, as owner/account.
        where: the other folder in which it was dropped.
        problem, remedy: as of an error; they name nobody.
    """

    sha256: str
    shown_name: str
    home: str
    where: str
    problem: str
    remedy: str
