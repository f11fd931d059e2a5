"""What is loaded and should not count: a person takes it out, and can take that back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from exports import OFX_HEAD, camt

from warehouse.ledger.connection import disposable, only_run

Buffet = Callable[..., tuple[int, str, str]]

NOON = camt("2026-02-01", "100.00", ("02", "-5.00", "Fee"))
EVENING = camt("2026-02-01", "100.00", ("02", "-7.00", "Fee"))
"""Two statements of one month, made on one day: the second corrects the first."""

OFX = (
    OFX_HEAD
    + """<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>BRL
<BANKACCTFROM><BANKID>0260<BRANCHID>1<ACCTID>7771234567<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>{end}
{rows}
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
)
ROW = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>-12.50<FITID>{day}<MEMO>{text}</STMTTRN>"

BY_TEXT = "SELECT description, amount FROM fct_transactions ORDER BY ALL"
CLOSING = "SELECT closing FROM fct_daily_balance WHERE day = DATE '2026-01-31'"
DIGESTS = (
    "SELECT mart, digest FROM _manifest WHERE mart IN ('fct_transactions', 'fct_daily_balance')"
)


@pytest.fixture
def house(buffet: Buffet, ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inbox of this test's own."""
    monkeypatch.setenv("BUFFET_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("BUFFET_DATABASE_URL", ledger_url)
    monkeypatch.setenv("BUFFET_QUIET_SECONDS", "0")
    return tmp_path / "data" / "inbox" / "ana" / "conta"


def put(house: Path, **texts: str) -> None:
    house.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        house.joinpath(name.replace("_", ".")).write_text(text, encoding="utf-8")


def asked(buffet: Buffet, sql: str) -> list[list[object]]:
    status, out, err = buffet("query", sql, "--json")
    assert status == 0, err
    return [list(json.loads(line).values()) for line in out.splitlines()]


def said(buffet: Buffet, verb: str, *words: str, status: int = 0) -> str:
    done, out, err = buffet("quarantine", verb, *words, "--reason", "the bank sent it twice")
    assert done == status, out + err
    return out + err


def test_a_statement_that_was_corrected_on_the_same_day_is_withdrawn(
    buffet: Buffet, house: Path
) -> None:
    put(house, noon_xml=NOON)
    put(house, evening_xml=EVENING)
    assert buffet("run")[0] == 0
    both = asked(buffet, BY_TEXT)
    assert both == [["Fee", "-7.00"], ["Fee", "-5.00"]]
    before = asked(buffet, DIGESTS)
    said(buffet, "withdraw", "noon.xml", "--statement", "1")
    assert asked(buffet, BY_TEXT) == [["Fee", "-7.00"]]
    assert asked(buffet, CLOSING) == [["93.00"]]
    withdrawn = asked(buffet, DIGESTS)
    assert buffet("quarantine", "list")[1] == ""
    assert "the bank sent it twice" in buffet("quarantine", "show", "noon.xml")[1]
    assert buffet("verify")[0] == 0
    assert buffet("quarantine", "retry", "noon.xml")[0] == 0
    assert asked(buffet, DIGESTS) == withdrawn
    assert buffet("rebuild")[0] == 0
    assert asked(buffet, DIGESTS) == withdrawn
    said(buffet, "reopen", "noon.xml")
    assert asked(buffet, BY_TEXT) == both
    assert asked(buffet, DIGESTS) == before


def test_what_another_file_tells_too_goes_on_counting(buffet: Buffet, house: Path) -> None:
    first, second, other = (
        ROW.format(day=day, text=text)
        for day, text in (("20260302", "Feira"), ("20260303", "Cafe"), ("20260303", "CAFE DA ANA"))
    )
    put(house, a_ofx=OFX.format(end="20260303", rows=first + "\n" + second))
    put(house, b_ofx=OFX.format(end="20260303", rows=first + "\n" + other))
    assert buffet("run")[0] == 0
    assert len(asked(buffet, BY_TEXT)) == 3
    said(buffet, "withdraw", "b.ofx", "--record", "2")
    assert asked(buffet, BY_TEXT) == [["Cafe", "-12.50"], ["Feira", "-12.50"]]
    said(buffet, "withdraw", "a.ofx")
    assert asked(buffet, BY_TEXT) == [["Feira", "-12.50"]]
    said(buffet, "reopen", "b.ofx", "--record", "2")
    assert asked(buffet, BY_TEXT) == [["CAFE DA ANA", "-12.50"], ["Feira", "-12.50"]]


def test_a_proven_statement_needs_all_of_its_records(buffet: Buffet, house: Path) -> None:
    put(house, noon_xml=NOON)
    buffet("run")
    told = said(buffet, "withdraw", "noon.xml", "--record", "1", status=2)
    assert "its statement is proven" in told
    assert "--statement 1" in told
    assert asked(buffet, BY_TEXT) == [["Fee", "-5.00"]]


def test_records_that_nothing_tells_apart_are_not_withdrawn_one_by_one(
    buffet: Buffet, house: Path
) -> None:
    twin = ROW.format(day="20260302", text="Cafe")
    put(house, a_ofx=OFX.format(end="20260303", rows=twin + twin))
    buffet("run")
    assert "2 records stand at its place" in said(
        buffet, "withdraw", "a.ofx", "--record", "2", status=2
    )
    assert len(asked(buffet, BY_TEXT)) == 2


def test_a_difference_names_what_was_withdrawn(buffet: Buffet, house: Path) -> None:
    put(house, noon_xml=NOON)
    buffet("run")
    since = datetime.now(UTC).isoformat()
    said(buffet, "withdraw", "noon.xml")
    status, out, err = buffet("diff", "--since", since, "--json")
    assert status == 0, err
    (one,) = json.loads(out)["transactions"]
    assert (one["change"], one["change_amount"]) == ("withdrawn", "5.00")


def test_a_word_that_could_not_be_applied_says_so_and_is_applied_by_the_next_retry(
    buffet: Buffet, house: Path, ledger_url: str
) -> None:
    put(house, noon_xml=NOON)
    buffet("run")
    wrong = house.parents[2] / "accounts.toml"
    wrong.write_text("[[account]\n", encoding="utf-8")
    said(buffet, "withdraw", "noon.xml", status=2)
    wrong.unlink()
    assert buffet("quarantine", "retry", "--all")[0] == 0
    assert asked(buffet, BY_TEXT) == [["Fee", "-5.00"]]  # nothing was noted
    with disposable(ledger_url) as engine, only_run(engine):
        told = said(buffet, "withdraw", "noon.xml", status=5)
    assert "the decision is noted; the run that applies it did not end well" in told
    assert "1 files count though something of them was withdrawn" in buffet("doctor")[1]
    assert asked(buffet, BY_TEXT) == [["Fee", "-5.00"]]
    assert buffet("quarantine", "retry", "--all")[0] == 0
    assert asked(buffet, BY_TEXT) == []


@pytest.mark.parametrize("part", [("--statement", "2"), ("--record", "9")])
def test_only_what_is_loaded_can_be_withdrawn(
    buffet: Buffet, house: Path, part: tuple[str, str]
) -> None:
    put(house, noon_xml=NOON, b_txt="Dear customer")
    buffet("run")
    assert "nothing of it is loaded" in said(buffet, "withdraw", "noon.xml", *part, status=2)
    assert "nothing of it is loaded" in said(buffet, "withdraw", "b.txt", status=2)
    said(buffet, "withdraw", "noon.xml")
    assert "nothing of it is loaded" in said(buffet, "withdraw", "noon.xml", status=2)


def test_withdrawn_bytes_in_another_folder_count_nowhere_and_the_run_says_so(
    buffet: Buffet, house: Path
) -> None:
    nameless = OFX.replace("<ACCTID>7771234567", "<ACCTID>").replace("<BANKID>0260<BRANCHID>1", "")
    text = nameless.format(end="20260303", rows=ROW.format(day="20260302", text="Cafe"))
    put(house, a_ofx=text)
    assert buffet("run")[0] == 0
    said(buffet, "withdraw", "a.ofx")
    put(house.with_name("outra"), a_ofx=text)
    status, out, err = buffet("run")
    assert (status, "they count nowhere" in out + err) == (0, True)
    assert asked(buffet, BY_TEXT) == []
