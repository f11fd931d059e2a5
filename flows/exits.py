"""How the command `buffet` ends: one number a fate, and the one place that turns errors into it."""

import os
import re
import traceback
from enum import IntEnum

from flows.commands import talk
from schemas.errors import (
    AuditRefused,
    BuffetError,
    FileError,
    LedgerBusy,
    LedgerError,
    MartsUnavailable,
    PublishError,
    SettingsError,
    WindowGone,
    WrongUsage,
)


class Exit(IntEnum):
    """What the exit status of a command means."""

    WELL = 0
    SET_ASIDE = 1
    WRONG_USAGE = 2
    AUDIT_REFUSED = 3
    UNAVAILABLE = 4
    BUSY = 5
    PUBLICATION_FAILED = 6
    OUR_MISTAKE = 70


MEANINGS = {
    Exit.WELL: "all well",
    Exit.SET_ASIDE: "some files were refused or quarantined, or some records set aside",
    Exit.WRONG_USAGE: "wrong usage, or a setting that does not make sense",
    Exit.AUDIT_REFUSED: "the audit said no; the old marts stay",
    Exit.UNAVAILABLE: "the ledger, the marts, the window or the disk are not available, or doctor "
    "found something",
    Exit.BUSY: "another run is at work",
    Exit.PUBLICATION_FAILED: "the publication failed; the old marts stay",
    Exit.OUR_MISTAKE: "a mistake of ours; with --debug it shows its traceback",
}
"""One line an exit status, for the help page."""


_EXITS: tuple[tuple[type[BuffetError], Exit], ...] = (
    (WrongUsage, Exit.WRONG_USAGE),
    (SettingsError, Exit.WRONG_USAGE),
    (FileError, Exit.SET_ASIDE),
    (LedgerBusy, Exit.BUSY),
    (LedgerError, Exit.UNAVAILABLE),
    (WindowGone, Exit.UNAVAILABLE),
    (AuditRefused, Exit.AUDIT_REFUSED),
    (MartsUnavailable, Exit.UNAVAILABLE),
    (PublishError, Exit.PUBLICATION_FAILED),
)


def exit_of(error: BuffetError) -> Exit:
    """The exit status that an error of the house earns."""
    return next((exit_ for kind, exit_ in _EXITS if isinstance(error, kind)), Exit.OUR_MISTAKE)


def explain(error: Exception, *, is_debugging: bool) -> Exit:
    """Say on stderr what went wrong and what to do; answer with the exit status.

    An error that nobody expected shows its kind only: its text may quote a statement.
    """
    if is_debugging:
        traceback.print_exception(error)
    if isinstance(error, BuffetError):
        talk.say(f"buffet: {error}")
        return exit_of(error)
    if isinstance(error, OSError) and (reason := _reason(error)):
        talk.say(f"buffet: {reason}\n  remedy  see to space, permissions and the network")
        return Exit.UNAVAILABLE
    talk.say(
        f"buffet: a mistake of ours: {type(error).__name__}\n"
        "  remedy  run it again with --debug and report what it shows; it may quote statements"
    )
    return Exit.OUR_MISTAKE


def _reason(error: OSError) -> str | None:
    """What the operating system said, without a path; polars puts its number into a text."""
    if error.strerror:
        return error.strerror
    number = re.search(r"\(os error (\d+)\)", str(error))
    return os.strerror(int(number[1])) if number else None


def epilog() -> str:
    """The exit statuses for the help page, a line each."""
    lines = [f"  {exit_.value:<2}  {meaning}" for exit_, meaning in MEANINGS.items()]
    return "\n\n".join(["Exit status:", *lines])
