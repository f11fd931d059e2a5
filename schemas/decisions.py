"""What a person has said of something that is held: take it, drop it, or look at it again."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What is held, and what a person speaks of."""

    FILE = "file"
    STATEMENT = "statement"
    RECORD = "record"


class Word(StrEnum):
    """What can be said: load it as it is, it is not wanted, or take back what was said."""

    ACCEPTED = "accepted"
    DROPPED = "dropped"
    REOPENED = "reopened"


@dataclass(frozen=True)
class Decision:
    """A word about one file, statement or record; the last one about it is in force.

    A record is known by its place and the digest of its text, not by its number: a reader that
    counts otherwise lets the word lapse rather than drop another record.

    Attributes:
        sha256: the file.
        level: what of it the word is about.
        statement_no: the statement; null for the whole file.
        place: where the record stands; null unless the level is record.
        raw_sha256: sha256 of what the bank printed there; null unless the level is record.
        word: accepted or dropped.
    """

    sha256: str
    level: Level
    statement_no: int | None
    place: str | None
    raw_sha256: str | None
    word: Word
