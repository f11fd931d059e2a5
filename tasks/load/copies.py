"""Equal bytes in several folders: one file, and a word about it where that may lose money.

A file is its sha256, so its statements are of one account: that of the folder in which it came
first. Loading them once more for every folder would double all money as soon as somebody moved a
file, so the second is left out, and a person is told.
"""

from collections.abc import Collection, Iterable, Sequence

from schemas.accounts import FOLDER, JOINED, UNNAMED, KnownAccount
from schemas.copies import Copy, Dropped
from schemas.masking import masked_numbers
from schemas.ticket import Folder

_OTHER_OWNER = (
    "equal bytes were dropped for another owner too; they are loaded once, for the first",
    "leave it with the owner of the account; if both have one, put exports that name their account",
)
_LET_GO = (
    "a person dropped or withdrew these bytes in another folder: they count nowhere",
    "put an export that names its account; buffet quarantine reopen FILE loads these bytes again",
)
_OTHER_ACCOUNT = (
    "it names no account, and equal bytes were dropped for another one too; they are loaded once",
    "one account: name both folders in its refs in accounts.toml; two: put exports that name them",
)


def copies_of(
    dropped: Iterable[Dropped], accounts: Sequence[KnownAccount], let_go: Collection[str]
) -> tuple[Copy, ...]:
    """Those that would be of another account, had they been the first to come.

    Args:
        dropped: files of the ledger, and other folders in which they lay.
        accounts: what their owners say of accounts.
        let_go: the sha256 of files of which persons want nothing.
    """
    return tuple(
        Copy(
            sha256=one.sha256,
            shown_name=masked_numbers(one.name),
            home=one.home.shown,
            where=one.other.shown,
            problem=problem,
            remedy=remedy,
        )
        for one in dropped
        if (said := _said(one, accounts)) is not None
        for problem, remedy in [_LET_GO if one.sha256 in let_go else said]
    )


def _said(one: Dropped, accounts: Sequence[KnownAccount]) -> tuple[str, str] | None:
    """Problem and remedy; null where the folder says nothing that the file does not say."""
    if one.other.owner != one.home.owner:
        return _OTHER_OWNER
    if any(_is_named_by_folder(one, ref, accounts) for ref in one.account_refs):
        return _OTHER_ACCOUNT
    return None


def _is_named_by_folder(one: Dropped, ref: str, accounts: Sequence[KnownAccount]) -> bool:
    """Does this account of the file hang on its folder, so that the other folder names another?"""
    if ref.startswith((FOLDER, UNNAMED)):
        return True
    return any(
        _names(known, one.home) and not _names(known, one.other)
        for known in accounts
        if known.owner == one.home.owner and ref == JOINED + known.name
    )


def _names(known: KnownAccount, folder: Folder) -> bool:
    """Is the folder one of the ways in which the account is named, with or without its bank?"""
    ref = f"{FOLDER}{folder.account_name}"
    return any(ref in (one, one.partition(":")[2]) for one in known.refs)
