"""What persons decided, in a batch: what is accepted is let through, what is dropped is held."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from schemas.decisions import Decision, Level, Word
from schemas.files import FILE
from schemas.findings import FINDING, Code
from schemas.statement import STATEMENT
from schemas.transactions import TYPED
from tasks.validate.balances import Judged, judge, tally
from tasks.validate.decided import decided, digest_of, without_dropped

FILES = pl.DataFrame([{"file_no": 0, "sha256": "a"}, {"file_no": 1, "sha256": "b"}], schema=FILE)


def statements(*closings: str) -> pl.DataFrame:
    """Statements 1, 2 … of file 0 that open with 10.00, and one of file 1."""
    rows = [(0, number, closing) for number, closing in enumerate(closings, 1)] + [(1, 1, "15.00")]
    return pl.DataFrame(
        [
            {
                "file_no": file_no,
                "statement_no": number,
                "opening_balance": Decimal("10.00"),
                "closing_balance": Decimal(closing),
            }
            for file_no, number, closing in rows
        ],
        schema=STATEMENT,
    )


def movements(of: pl.DataFrame) -> pl.DataFrame:
    """One movement of 5.00 in each statement."""
    return pl.DataFrame(
        [
            {
                "file_no": file_no,
                "statement_no": number,
                "record_no": number,
                "place": f"line {number}",
                "booked_on": date(2026, 3, 5),
                "amount": Decimal("5.00"),
                "currency": "BRL",
                "description": "Pix",
                "status": "booked",
                "raw_text": f"05/03;5,00;{number}",
            }
            for file_no, number in of.select("file_no", "statement_no").iter_rows()
        ],
        schema=TYPED,
    )


def word(said: Word, statement_no: int | None, sha256: str = "a") -> Decision:
    level = Level.FILE if statement_no is None else Level.STATEMENT
    return Decision(sha256, level, statement_no, None, None, said)


def judged(of: pl.DataFrame, *decisions: Decision) -> Judged:
    said = decided(decisions, FILES, of)
    rows = tally(movements(of), FINDING.to_frame())
    return judge(of, [rows], accepted=said.accepted, dropped=said.dropped)


def fates(verdict: Judged) -> list[tuple[str, bool]]:
    return verdict.statements.select("proof", "is_quarantined").rows()


def test_one_statement_is_accepted_and_the_other_stays_held() -> None:
    of = statements("99.00", "98.00")
    verdict = judged(of, word(Word.ACCEPTED, 2))
    assert fates(verdict) == [("failed", True), ("failed", False), ("proven", False)]
    assert verdict.findings["place"].to_list() == ["statement 1"]


def test_what_is_said_of_a_file_is_said_of_its_statements_and_of_no_other_file() -> None:
    of = statements("99.00", "15.00")
    verdict = judged(of, word(Word.ACCEPTED, None), word(Word.DROPPED, None, sha256="elsewhere"))
    assert fates(verdict) == [("failed", False), ("proven", False), ("proven", False)]


def test_a_dropped_statement_that_would_be_proven_is_held_and_proves_nothing() -> None:
    of = statements("15.00", "15.00")
    verdict = judged(of, word(Word.DROPPED, 1))
    assert fates(verdict) == [("unproven", True), ("proven", False), ("proven", False)]
    assert verdict.findings.select("code", "place", "is_set_aside").rows() == [
        (Code.DROPPED, "statement 1", False)
    ]


def test_a_dropped_statement_that_fails_keeps_its_arithmetic() -> None:
    verdict = judged(statements("99.00"), word(Word.DROPPED, None))
    assert fates(verdict) == [("failed", True), ("proven", False)]
    assert verdict.findings["code"].to_list() == [Code.STATEMENT_UNBALANCED]
    assert "off by" in verdict.findings.item(0, "message")


def test_what_is_dropped_is_not_let_through_because_its_file_was_accepted() -> None:
    verdict = judged(statements("99.00"), word(Word.DROPPED, 1), word(Word.ACCEPTED, None))
    assert fates(verdict)[0] == ("failed", True)


RECORD = Decision("a", Level.RECORD, 1, "line 1", digest_of("05/03;5,00;1"), Word.DROPPED)


def test_a_dropped_record_that_could_be_read_is_set_aside_and_its_statement_is_not_proven() -> None:
    of = statements("15.00", "15.00")
    said = decided([RECORD], FILES, of)
    parted = without_dropped(movements(of), said.records)
    assert parted.findings.select("file_no", "record_no", "code", "is_set_aside").rows() == [
        (0, 1, Code.DROPPED, True)
    ]
    assert parted.transactions.height + parted.findings.height == 3
    verdict = judge(of, [tally(parted.transactions, parted.findings)])
    assert fates(verdict) == [("unproven", False), ("proven", False), ("proven", False)]


@pytest.mark.parametrize(
    "other",
    [
        replace(RECORD, place="line 7"),
        replace(RECORD, raw_sha256=digest_of("06/03;5,00;1")),
        replace(RECORD, sha256="b", place="line 2"),
    ],
    ids=["another place", "another text", "another file"],
)
def test_a_word_about_a_record_lapses_where_the_record_is_another(other: Decision) -> None:
    of = statements("15.00")
    parted = without_dropped(movements(of), decided([other], FILES, of).records)
    assert parted.findings.is_empty()
    assert parted.transactions.equals(movements(of))


def test_a_record_without_a_place_is_known_by_its_text() -> None:
    of = statements("15.00")
    rows = movements(of).with_columns(place=pl.lit(None, dtype=pl.String))
    said = decided([replace(RECORD, place=None)], FILES, of)
    parted = without_dropped(rows, said.records)
    assert parted.findings.select("file_no", "raw_text").rows() == [(0, "05/03;5,00;1")]
