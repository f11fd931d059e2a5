"""The pages of the audit: no network, no value of any row, the last thirty, readable without us."""

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from warehouse.quality import docs
from warehouse.quality.gate import audit
from warehouse.quality.verdict import CheckResult, Verdict

AT = datetime(2026, 4, 2, 3, 0, tzinfo=UTC)


def verdict(folder, at=AT, *, is_passed=True, severity="fail"):
    check = CheckResult(
        "sums",
        "Sums <hold>",
        severity,
        is_passed,
        "0 of 3",
        "none",
        0,
        "statement",
        "Balances",
        "look",
        "a<b",
    )
    return Verdict(is_passed, (check,), folder / "index.html", None, at)


def pages(folder):
    return sorted((folder / "validations").glob("*.html"))


def test_no_value_of_a_row_reaches_a_page(ledger, tmp_path):
    # every text, every account and every amount offends some expectation
    ledger.execute(
        "UPDATE transaction SET currency = 'CanaryCoffee', booked_on = '1912-06-23'",
        "ALTER TABLE file DROP CONSTRAINT uq_file_sha256",
        "UPDATE file SET sha256 = 'canary-file.csv'",
        "UPDATE transaction SET amount = 7777777777777",
        "UPDATE statement SET closing_balance = 424242",
    )
    found = audit(ledger.url, run_id=ledger.run, docs=tmp_path, at=ledger.at)
    assert len(found.failures) >= 4
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 3
    for path in written:
        text = path.read_text(encoding="utf-8").casefold()
        for secret in (*ledger.secrets, "7777777777777", "424242", "1912-06-23"):
            assert secret.casefold() not in text, (path, secret)


def test_the_pages_need_no_network(ledger, tmp_path):
    audit(ledger.url, run_id=ledger.run, docs=tmp_path, at=ledger.at)
    for page in (tmp_path / "index.html", *pages(tmp_path)):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"https?:|//[a-z]|<script|<img|<link|@import|url\(", text)
        assert "--good" in text, "the style is inside"


def test_every_link_leads_to_a_page(ledger, tmp_path):
    audit(ledger.url, run_id=ledger.run, docs=tmp_path, at=ledger.at)
    audit(ledger.url, run_id=None, docs=tmp_path, at=ledger.at)
    links = []
    for page in (tmp_path / "index.html", *pages(tmp_path)):
        for link in re.findall(r'href="([^"]+)"', page.read_text(encoding="utf-8")):
            assert (page.parent / link).is_file()
            links.append(link)
    assert len(links) == 4


def test_the_page_says_what_fell_and_what_to_do(ledger, tmp_path):
    ledger.execute("UPDATE transaction SET amount = amount + 0.01")
    found = audit(ledger.url, run_id=ledger.run, docs=tmp_path, at=ledger.at)
    (page,) = pages(tmp_path)
    text = page.read_text(encoding="utf-8")
    (fallen,) = found.failures
    assert "What needs attention" in text
    assert "the old marts stay" in text
    for words in (fallen.title, fallen.remedy, fallen.observed):
        assert words in text
    (record,) = (tmp_path / "validations").glob("*.json")
    assert json.loads(record.read_text(encoding="utf-8"))["failed"] == 1


def test_thirty_audits_stay_newest_first(tmp_path):
    for day in range(docs.KEPT + 3):
        docs.write(verdict(tmp_path, AT + timedelta(days=day)))
    kept = pages(tmp_path)
    assert len(kept) == docs.KEPT == len(list((tmp_path / "validations").glob("*.json")))
    listed = re.findall(r'href="validations/([^"]+)"', (tmp_path / "index.html").read_text("utf-8"))
    assert listed == [page.name for page in reversed(kept)]
    assert listed[0].startswith("20260504")


def test_markup_in_a_text_stays_text(tmp_path):
    docs.write(verdict(tmp_path))
    text = pages(tmp_path)[0].read_text(encoding="utf-8")
    assert "Sums &lt;hold&gt;" in text
    assert "<hold>" not in text


@pytest.mark.parametrize("is_passed", [True, False])
def test_the_tags_close(tmp_path, is_passed):
    docs.write(verdict(tmp_path, is_passed=is_passed))
    for page in (tmp_path / "index.html", *pages(tmp_path)):
        stack = []

        class Tags(HTMLParser):
            def handle_starttag(self, tag, _attrs):
                if tag != "meta":
                    stack.append(tag)  # noqa: B023 - used at once

            def handle_endtag(self, tag):
                assert stack.pop() == tag  # noqa: B023 - used at once

        Tags().feed(page.read_text(encoding="utf-8"))
        assert stack == []


def test_the_verdict_stands_when_the_pages_cannot_be_written(ledger, tmp_path):
    (tmp_path / "docs").write_text("a file where a folder should be", encoding="utf-8")
    found = audit(ledger.url, run_id=ledger.run, docs=tmp_path / "docs", at=ledger.at)
    assert found.is_passed
    assert [check.name for check in found.warnings] == ["pages_written"]


def test_a_damaged_page_of_the_past_bars_nothing(ledger, tmp_path):
    (tmp_path / "validations").mkdir()
    (tmp_path / "validations" / "20200101T000000000000Z-old.json").write_text("{", encoding="utf-8")
    found = audit(ledger.url, run_id=ledger.run, docs=tmp_path, at=ledger.at)
    assert found.is_passed
    (warning,) = found.warnings
    assert warning.observed == "20200101T000000000000Z-old.json is damaged; remove it"
