"""What an operator reads of a run, as text."""

from datetime import UTC, date, datetime
from decimal import Decimal

from schemas.night import AuditSummary, NightReceipt
from schemas.receipts import FileReceipt, Receipt
from tasks.report.render import audit_page, in_words, plain_rows, quarantine_page, receipt_rows

LOADED = FileReceipt("a" * 64, "march.csv", "loaded", Receipt(read=1200, inserted=1200))
PARTLY = FileReceipt(
    "b" * 64, "april|may.csv", "partly", Receipt(read=10, inserted=7, already_known=2, set_aside=1)
)
NIGHT = NightReceipt(
    run_id="r",
    status="refused_by_audit",
    files=(LOADED, PARTLY),
    not_files=(),
    left_alone=(),
    audit=None,
    generation=None,
    seconds={},
)


def test_the_night_in_one_line_adds_up():
    assert in_words(NIGHT) == (
        "refused by audit; files: 1 loaded, 1 partly; records: 1,210 read = 1,207 inserted "
        "+ 2 already known + 0 superseded + 1 set aside + 0 markers"
    )


def test_an_empty_night_in_one_line():
    empty = NightReceipt("r", "published", (), (), (), None, None, {})
    assert in_words(empty).startswith("published; files: none; records: 0 read = 0 inserted")


def test_a_row_an_outcome_and_one_for_the_night():
    rows = receipt_rows(NIGHT)
    assert [row["files"] for row in rows] == ["loaded", "partly", "the night"]
    assert rows[-1]["read"] == "1,210"


def test_money_stays_exact_and_null_is_an_empty_cell():
    at = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    row = {
        "sum": Decimal("-1585.1000"),
        "on": date(2026, 3, 1),
        "at": at,
        "is_ok": True,
        "no": None,
    }
    assert plain_rows([row]) == [
        {
            "sum": "-1585.10",
            "on": "2026-03-01",
            "at": "2026-03-01 06:30 UTC",
            "is_ok": "yes",
            "no": "",
        }
    ]


def test_columns_that_matter_come_first_and_none_is_lost():
    (row,) = plain_rows([{"file": "f", "account": "a", "proof": "failed"}], first=("proof", "file"))
    assert list(row) == ["proof", "file", "account"]


def test_the_audit_says_what_failed_and_leads_to_its_pages():
    audit = AuditSummary(False, ("no twins | at all",), ("no stale account",), 26, "/d/index.html")
    page = audit_page(audit, "http://127.0.0.1:4201")
    assert "**The ledger failed its audit; the old marts stay**: 26 checks, 1 failed, 1 war" in page
    assert "| no twins \\| at all | failed |" in page
    assert "| no stale account | warning |" in page
    assert "[Open the Data Docs](http://127.0.0.1:4201)" in page
    assert "`/d/index.html`" in page


def test_without_anybody_to_serve_them_the_pages_are_named_as_a_file():
    page = audit_page(AuditSummary(True, (), (), 26, "/d/index.html"), None)
    assert "](" not in page
    assert "`/d/index.html`" in page
    assert "Every check holds." in page


def test_quarantine_names_files_and_records_and_survives_a_pipe_in_a_name():
    trouble = [{"file": "april|may.csv", "problem": "some records\nwere set aside"}]
    page = quarantine_page(trouble, [])
    assert "| april\\|may.csv | some records were set aside |" in page
    assert "No record of this run was set aside" in page
