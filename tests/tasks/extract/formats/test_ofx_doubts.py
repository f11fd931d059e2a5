"""OFX: what may be read in two ways is set aside, and what is written oddly is read."""

from datetime import date
from pathlib import Path

import pytest
from written_ofx import PIX, SGML, entry, good, ofx, one, reading, refusal, statement

from tasks.extract.formats.ofx.reader import read
from tasks.extract.formats.ofx.volumes import volumes
from tasks.extract.large import LargeFile, Uncuttable
from tasks.extract.read import read_batch
from tasks.extract.source import Source
from tasks.extract.typed import type_statements


def kept(*records: str, **odd: str) -> tuple[list[str], list[str]]:
    """The amounts that stand, and the codes of those that are set aside."""
    result = good(ofx(statement(*records, **odd)))
    aside = result.findings.filter("is_set_aside")
    return result.records["amount_text"].to_list(), aside["code"].to_list()


def test_a_record_whose_neighbour_lost_its_start_is_set_aside() -> None:
    merged = entry(FITID="B1") + entry(FITID="B2").replace("<STMTTRN>", "")
    assert kept(merged, PIX) == (["-12.80"], ["unreadable_row"])
    assert kept(merged.replace("</STMTTRN>\n", "", 1), PIX) == (["-12.80"], ["unreadable_row"])
    assert kept(merged.lower(), PIX) == (["-12.80"], ["unreadable_row"])
    assert kept(entry(NAME="Luz <!-- <TRNAMT>9 -->")) == (["-1.00"], [])


def test_an_amount_outside_of_all_records_refuses_the_file() -> None:
    stray = entry().replace("<STMTTRN>", "")
    error = refusal(ofx(statement(PIX, "<SOMETHING></SOMETHING>\n", stray)))
    assert "TRNAMT" in error.problem
    order = "<INTRATRNRS><INTRARS><XFERINFO><TRNAMT>5</XFERINFO></INTRARS></INTRATRNRS>"
    assert good(ofx(statement(PIX), order)).records.height == 1


@pytest.mark.parametrize("kind", ["Debit", "debit", "DEBITO", "Débito", "D", "DR"])
def test_a_debit_without_a_sign_may_be_written_in_any_way(kind: str) -> None:
    rows = entry(TRNTYPE=kind, TRNAMT="21"), entry(TRNTYPE="Credito", TRNAMT="34")
    assert kept(*rows) == (["34"], ["amount_ambiguous"])


def test_where_debits_have_no_sign_only_credits_are_sure() -> None:
    kinds = ("DEBIT", "FEE", "CHECK", "DEP", "ATM")
    rows = [entry(TRNTYPE=kind, TRNAMT=f"{no}") for no, kind in enumerate(kinds, start=1)]
    assert kept(*rows, entry(TRNAMT="9")) == (["4"], ["amount_ambiguous"] * 5)
    assert kept(*rows[1:]) == (["2", "3", "4", "5"], [])


def test_a_statement_whose_signs_contradict_all_its_types_is_set_aside() -> None:
    debit, credit = entry(TRNTYPE="DEBIT", TRNAMT="21"), entry(TRNTYPE="CREDIT", TRNAMT="-30")
    assert kept(debit, credit, entry(TRNTYPE="FEE", TRNAMT="2")) == ([], ["amount_ambiguous"] * 3)
    assert kept(debit, credit, entry(TRNTYPE="CREDIT", TRNAMT="4"))[1] == []
    assert kept(debit, credit, entry(TRNTYPE="DEBIT", TRNAMT="-4"))[1] == []


def test_a_point_before_three_digits_is_doubtful_where_commas_part_the_cents() -> None:
    assert kept(entry(TRNAMT="150,00"), entry(TRNAMT="1.500")) == (["150,00"], ["amount_ambiguous"])
    assert kept(entry(TRNAMT="150.00"), entry(TRNAMT="1.500"))[1] == []
    for odd in ("R$ -1.500", "1.500-", "(1.500)", "\u22121.500"):
        assert kept(entry(TRNAMT="150,00"), entry(TRNAMT=odd))[1] == ["amount_ambiguous"]


@pytest.mark.parametrize(
    ("printed", "amount", "codes"),
    [
        ("12,345", "-1.00", ["balance_unreadable"]),
        ("12.345", "-1,00", ["balance_unreadable"]),
        ("12.345", "-1.00", []),
        ("12.345,00", "-1,00", []),
    ],
)
def test_a_balance_of_thousands_or_thousandths_is_none(
    printed: str, amount: str, codes: list[str]
) -> None:
    balance = f"<BALAMT>{printed}</BALAMT><DTASOF>20260131</DTASOF>"
    result = good(ofx(statement(entry(TRNAMT=amount), balance=balance), statement(PIX)))
    assert result.findings["code"].to_list() == codes
    closing = type_statements(result.statements, result.convention)["closing_balance"]
    assert (closing[0] is None, closing[1] is None) == (bool(codes), False)


@pytest.mark.parametrize(
    ("printed", "amount", "is_known"),
    [
        ("2214732", "-53.82", False),
        ("R$ -2214732", "-53,82", False),
        ("2214732", "-53", True),
        ("22147.32", "-53.82", True),
        ("0", "-53.82", True),
    ],
)
def test_a_balance_of_units_or_cents_is_none(printed: str, amount: str, *, is_known: bool) -> None:
    balance = f"<BALAMT>{printed}<DTASOF>20260131"
    result = good(ofx(statement(entry(TRNAMT=amount), PIX, balance=balance)))
    assert (result.statements["closing_text"][0] is not None) is is_known
    assert result.findings["code"].to_list() == ["balance_unreadable"] * (not is_known)


def card(balance: str) -> str:
    return (
        f"<CCSTMTRS><CURDEF>CAD<CCACCTFROM><ACCTID>77{balance[-2:]}</CCACCTFROM><BANKTRANLIST>"
        f"{entry()}</BANKTRANLIST><LEDGERBAL><BALAMT>{balance}</LEDGERBAL></CCSTMTRS>"
    )


@pytest.mark.parametrize(
    ("balances", "known"),
    [
        (["873.53"], [None]),
        (["-873.53"], ["-873.53"]),
        (["0.00"], ["0.00"]),
        (["873.53", "-12.10"], ["873.53", "-12.10"]),
        (["873.53", "12.10"], [None, None]),
    ],
)
def test_a_card_without_minus_may_owe_its_balance(
    balances: list[str], known: list[str | None]
) -> None:
    result = good(ofx(*map(card, balances)))
    assert result.statements["closing_text"].to_list() == known
    assert result.findings["raw_text"].to_list() == [
        printed for printed, stays in zip(balances, known, strict=True) if stays is None
    ]


def test_a_file_far_older_than_its_records_has_a_wrong_clock() -> None:
    bare = "<STMTTRN><DTPOSTED>{}<TRNAMT>-1.00<FITID>1</STMTTRN>"
    made = "<STMTRS><BANKTRANLIST>{}</BANKTRANLIST></STMTRS>"
    for days, pending in (
        (("20260301", "20260505"), [False, False]),
        (("20260120", "20260505"), [False, True]),
        (("20260202", "20260303"), [True, True]),
    ):
        rows = "".join(bare.format(day) for day in days)
        result = good(ofx(made.format(rows), server="20260121"))
        assert result.records["is_pending"].to_list() == pending


def test_a_day_may_have_hyphens() -> None:
    text = ofx(statement(entry(DTPOSTED="2026-01-05T10:00:00")), server="2026-02-01")
    result = good(text.replace("20260131", "2026-01-31"))
    assert result.records["booked_text"].to_list() == ["20260105"]
    typed = type_statements(result.statements, result.convention)
    assert typed.select("closing_on", "stated_on").row(0) == (date(2026, 1, 31), date(2026, 2, 1))


@pytest.mark.parametrize(
    "text",
    [
        "Opening Balance",
        "CLOSING BALANCE",
        "Balance brought forward",
        "Balance forward",
        "INITIAL BALANCE",
        "Ending balance",
    ],
)
def test_a_balance_line_may_be_english(text: str) -> None:
    assert good(ofx(statement(entry(MEMO=text), PIX))).files[0].marker_count == 1


@pytest.mark.parametrize(
    "text", ["Opening deposit", "Balance transfer", "Fee closing balance", "New balance"]
)
def test_a_movement_that_names_a_balance_stays(text: str) -> None:
    assert one(ofx(statement(entry(MEMO=text))))["description"] == text


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        ("1253", "cp1253", "Ταμείο"),
        ("WINDOWS-1255", "cp1255", "קופה"),
        ("874", "cp874", "ร้านค้า"),
        ("ISO_8859-7", "iso8859-7", "Ταμείο"),
        ("KOI8-R", "koi8-r", "Юля"),
        ("SHIFT_JIS", "cp932", "商店"),
        ("8859-1", "cp1252", "L\u2019été à 5 €"),
        ("8859-13", "iso8859-13", "Žąsis"),
    ],
)
def test_the_header_may_name_many_encodings(charset: str, encoding: str, text: str) -> None:
    file = ofx(statement(entry(MEMO=text)), charset=charset).encode(encoding)
    row = one(file)
    assert row["description"] == text


def test_names_of_letters_are_decoded() -> None:
    row = one(ofx(statement(entry(MEMO="P&atilde;o &Eacute; R&amp;B &nothing; A&B;"))))
    assert row["description"] == "Pão É R&B &nothing; A&B;"


@pytest.mark.parametrize(
    ("charset", "records"),
    [
        ("SHIFT_JIS", entry(MEMO="商店") * 400),
        ("1252", entry() * 400 + entry(TRNAMT="1.500")),
        ("1252", entry() * 400 + entry(TRNAMT="R$ (1.500)")),
    ],
)
def test_a_file_of_which_only_the_whole_can_be_read_is_not_cut(
    tmp_path: Path, charset: str, records: str
) -> None:
    path = tmp_path / "large.ofx"
    path.write_bytes(ofx(statement(records), charset=charset, head=SGML).encode("cp932"))
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    with pytest.raises(Uncuttable):
        list(volumes(read, file, "", 4096))


@pytest.mark.parametrize("kind", ["whole", "card"])
def test_a_file_of_which_only_the_whole_tells_its_balances_is_not_cut(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "large.ofx"
    whole = statement(entry() * 400, balance="<BALAMT>2214732<DTASOF>20260131")
    path.write_text(ofx(whole if kind == "whole" else card("873.53") * 90), "utf-8")
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    with pytest.raises(Uncuttable, match="balances"):
        list(volumes(read, file, "", 4096))
    path.write_text(ofx(card("-873.53") * 90), "utf-8")
    assert list(volumes(read, LargeFile(0, "a", "a", path, path.stat().st_size), "", 4096))


def test_a_part_far_later_than_its_file_tells_nothing_of_its_clock(tmp_path: Path) -> None:
    path = tmp_path / "large.ofx"
    path.write_text(ofx(statement(*[entry()] * 99, *[entry(DTPOSTED="20260601")] * 99)), "utf-8")
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    *_, last, _ = volumes(read, file, "", 4096)
    part = read_batch([Source(0, path.name, last.data)])
    assert last.check is not None
    with pytest.raises(Uncuttable, match="far later"):
        last.check(part.statements, part.transactions, part.findings)


def test_no_doubt_no_findings() -> None:
    assert reading(ofx(statement(PIX, entry()))).findings.is_empty()
