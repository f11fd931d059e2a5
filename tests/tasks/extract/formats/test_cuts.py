"""What only the whole of a file can tell is not decided by a part of it."""

from pathlib import Path

import pytest

from schemas.findings import FINDING
from tasks.extract.identify import identify
from tasks.extract.large import LargeFile, Uncuttable, Volume
from tasks.extract.read import BatchReading, read_batch
from tasks.extract.source import Source
from tasks.extract.volumes import Limits, read_large
from tasks.sample.huge import write_huge

BANKS = Path(__file__).parents[1] / "banks"


class Kept(list[BatchReading]):
    def put(self, rows: BatchReading) -> None:
        self.append(rows)


def cut(path: Path, size: int) -> list[Volume]:
    """The volumes of a file; raises Uncuttable also for what shows only when they are read."""
    source = Source(0, path.name, path.read_bytes(), path.name)
    reader = identify(source)
    assert reader.format.volumes is not None
    file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
    found = []
    for volume in reader.format.volumes(file, reader.layout, size):
        part = read_batch([Source(0, path.name, volume.data, path.name)])
        if part.files[0].error:
            raise Uncuttable(part.files[0].error.problem)
        if volume.check:
            volume.check(part.statements, part.transactions, part.findings)
        found.append(volume)
    whole = read_batch([source])
    kept = Kept()
    told = read_large(file, kept, limits=Limits(size))
    assert told.statements.equals(whole.statements)
    assert sum(one.transactions.height for one in kept) == whole.transactions.height
    amounts = [amount for one in kept for amount in one.transactions["amount"]]
    assert amounts == whole.transactions["amount"].to_list()
    assert sum(one.findings.height for one in kept) == whole.findings.height
    return found


def mt940(entries: list[str], closing: str) -> bytes:
    lines = [":20:A", ":25:37040044/0012345", ":28C:1/1", ":60F:C260101EUR100,00"]
    return "\n".join([*lines, *entries, f":62F:{closing}", "-", ""]).encode()


PLAIN = [f":61:2601{day:02}01{day:02}D1,00NTRFNONREF\n:86:Shop {day}" for day in range(1, 29)]


def test_mt940_reversals_are_cut_where_the_balances_prove_the_handbook(tmp_path: Path) -> None:
    path = tmp_path / "a.sta"
    reversal = ":61:2601150115RC5,00NTRFNONREF\n:86:back"
    path.write_bytes(mt940([*PLAIN, reversal], "C260131EUR67,00"))
    assert len(cut(path, 300)) > 3
    path.write_bytes(mt940([*PLAIN, reversal], "C260131EUR77,00"))  # only turned do they close
    with pytest.raises(Uncuttable, match="reversals"):
        cut(path, 300)


@pytest.mark.parametrize(("block", "end"), [("", "-\n"), ("{1:F01TEST}{2:I940TEST}{4:\n", "-}")])
def test_pages_of_an_mt940_are_pieces_of_one_statement(
    tmp_path: Path, block: str, end: str
) -> None:
    pages, balance = [], 100
    for number, start in enumerate(range(0, 28, 7), start=1):
        head = f"{block}:20:A\n:25:37040044/0012345\n:28C:1/{number}\n"
        opening = f":60{'F' if number == 1 else 'M'}:C260101EUR{balance},00\n"
        balance -= 7
        closing = f"\n:62{'F' if number == 4 else 'M'}:C260131EUR{balance},00\n{end}"
        pages.append(head + opening + "\n".join(PLAIN[start : start + 7]) + closing)
    path = tmp_path / "a.sta"
    path.write_text("".join(pages), "ascii")
    found = cut(path, 350)
    assert [one.is_part for one in found] == [True] * (len(found) - 1) + [False]
    assert len(found) == 5


def test_reversals_of_a_page_are_not_turned_alone(tmp_path: Path) -> None:
    reversal = ":61:2601150115RC5,00NTRFNONREF\n:86:back"
    first = mt940([*PLAIN[:9], reversal], "C260131EUR86,00").replace(b":62F:", b":62M:")
    last = mt940([*PLAIN[:9], reversal], "C260131EUR82,00").replace(b":60F:", b":60M:")
    path = tmp_path / "a.sta"
    path.write_bytes(first + last.replace(b"100,00", b"86,00").replace(b":1/1", b":1/2"))
    with pytest.raises(Uncuttable, match="reversals"):
        cut(path, 200)


def test_days_that_may_begin_with_the_year_are_read_with_the_whole(tmp_path: Path) -> None:
    (example,) = (BANKS / "fr_bnp_compte").glob("export*")
    head, _, rows = example.read_bytes().partition(b"05/03/2026")
    path = tmp_path / "a.csv"
    path.write_bytes(head + (b"05/03/2026" + rows) * 100)
    with pytest.raises(Uncuttable, match="begin with the year"):
        cut(path, 2_000)


def test_block_headers_belong_to_the_line_of_their_message(tmp_path: Path) -> None:
    header = "{1:F01TESTLULLAXXX0000000000}\n{2:O9401200260110TESTLULLAXXX0000000000N}{4:\n"
    one = (header + mt940(PLAIN[:5], "C260131EUR95,00").decode()).replace("-\n", "-}\n")
    one = one.replace(":60F:C", ":60F:X")
    path = tmp_path / "a.sta"
    path.write_text(one * 6, "ascii")
    kept = Kept()
    file = LargeFile(0, "a", "a", path, path.stat().st_size)
    read_large(file, kept, limits=Limits(600))
    whole = read_batch([Source(0, "a", path.read_bytes(), "a")])
    assert len(kept) > 2
    places = [place for one in kept for place in one.findings["place"]]
    assert places == whole.findings["place"].to_list()
    assert len(places) == 6


def bai2(head: str, details: list[str], total: int) -> bytes:
    count = len(details)
    lines = ["01,BANK,CUST,300101,0600,1,80,,2/", "02,CUST,BANK,1,291231,,USD,2/"]
    ends = [f"49,{total},{count + 2}/", f"98,{total},1,{count + 4}/", f"99,{total},1,{count + 6}/"]
    return "\n".join([*lines, f"03,12345,USD,{head}/", *details, *ends, ""]).encode()


def test_bai2_balances_do_not_turn_the_details_of_a_part(tmp_path: Path) -> None:
    path = tmp_path / "a.bai"
    details = [f"16,142,100,,REF{number},,SHOP {number}/" for number in range(40)]
    path.write_bytes(bai2("010,500,,,015,4500,,", details, 9000))
    assert len(cut(path, 300)) > 3
    path.write_bytes(bai2("010,500,,,015,4500,,", details, 9001))  # excused by the balances
    with pytest.raises(Uncuttable, match="states the total"):
        cut(path, 300)
    path.write_bytes(bai2("010,500,,,015,3300,,", [*details, "16,475,-1200,,X,,BACK/"], 6600))
    with pytest.raises(Uncuttable, match="credits or debits"):
        cut(path, 300)


def camt(change: tuple[str, str], tmp_path: Path) -> Path:
    path = tmp_path / "a.xml"
    write_huge(path, kind="camt053", size_bytes=20_000, statement_rows=60)
    text = path.read_text("utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change), "utf-8")
    return path


TOTALS = "<TxsSummry><TtlNtries><NbOfNtries>{}</NbOfNtries></TtlNtries></TxsSummry><Ntry>"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("<Ntry>", TOTALS.format(60), 1), ""),
        (("<Ntry>", TOTALS.format(61), 1), "totals that the bank states"),
        (("DBIT</CdtDbtInd><Sts>", "DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts>", 1), ""),
        (("<Cd>OPBD</Cd>", "<Cd>ITBD</Cd>", 1), "interim balances"),
        (("<Ntry>", "<!-- one --><Ntry>", 1), "comments"),
        (("</Ntry>", "</Ntry><AddtlStmtInf>x</AddtlStmtInf>", 1), "other elements"),
        (("<Ccy>EUR</Ccy>", "", 1), ""),
        (("<Ccy>EUR</Ccy>", "<Ccy>USD</Ccy>", 1), ""),
        (("<Acct>", "<StmtPgntn><LastPgInd>false</LastPgInd></StmtPgntn><Acct>", 1), ""),
    ],
)  # fmt: skip
def test_camt_is_cut_where_the_sums_prove_it(
    tmp_path: Path, change: tuple[str, str, int], reason: str
) -> None:
    path = camt(change, tmp_path)  # type: ignore[arg-type]
    if not reason:
        assert len(cut(path, 2_000)) > 5
        return
    with pytest.raises(Uncuttable, match=reason):
        cut(path, 2_000)


@pytest.mark.parametrize(("kind", "name"), [("ofx1", "a.ofx"), ("mt940", "a.sta")])
@pytest.mark.parametrize("rows", [10, 0])
def test_what_stands_behind_the_end_is_said_once(
    tmp_path: Path, kind: str, name: str, rows: int
) -> None:
    path = tmp_path / name
    write_huge(path, kind=kind, size_bytes=20_000, statement_rows=rows)
    path.write_bytes(path.read_bytes() + b"Date;Amount\n2026-01-01;5.00\n")
    assert len(cut(path, 2_000)) > 5
    (finding,) = read_batch([Source(0, name, path.read_bytes(), name)]).findings.rows(named=True)
    assert "behind the end" in finding["message"]


def test_a_remark_of_a_statement_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    write_huge(path, kind="camt053", size_bytes=20_000)
    text = path.read_text("utf-8").replace("<BookgDt>", "<X>").replace("</BookgDt>", "</X>")
    path.write_text(text, "utf-8")
    assert len(cut(path, 2_000)) > 5
    assert FINDING["place"] is not None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("!Type:Bank\n" + "D13/01/2020\nT1.50\n^\n" * 20, ""),
        ("!Type:Bank\n" + "D02/01/2020\nT1.50\n^\n" * 20 + "D13/01/2020\nT1.50\n^\n", ""),
        ("!Type:Bank\n" + "D02/01/2020\nT1.50\n^\n" * 20, "one order"),
        ("!Type:Bank\n" + "D13/01/2020\nT1.50\n^\n" * 20 + "D13/01/2020\nT1,50\n^\n", "one way"),
        ("!Type:Bank\n" + "D13/01/2020\nT1,500\n^\n" * 20 + "D13/01/2020\nT1.50\n^\n", "decimal"),
        ("!Option:MDY\n!Type:Bank\n" + "D02/01/2020\nT1.50\n^\n" * 20, ""),
        ("!Type:Bank\nD13/01/2020\nT9.00\nPOpening Balance\nL[Mine]\n^\n"
         + "D13/01/2020\nT1.50\n^\n" * 20, ""),
        ("!Account\nNA\n^\n!Type:Bank\n" + "D13/01/2020\nT1.50\n^\n" * 20
         + "!Account\nNB\n^\n!Type:Bank\n" + "D13/01/2020\nT1.50\n^\n" * 20, ""),
        ("!Account\nNA\n^\n!Type:Bank\n" + "D13/01/2020\nT1.50\n^\n" * 20
         + "!Account\nNA\n^\n!Type:Bank\n" + "D14/01/2020\nT1.50\n^\n" * 20, "several"),
        ("!Type:Bank\n" + "D13/01/2020\nT1.50\nL[Other]\n^\nD13/01/2020\nT1.50\n^\n" * 20, ""),
    ],
)  # fmt: skip
def test_qif_is_cut_where_each_part_is_read_as_the_whole(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "a.qif"
    path.write_text(text, "ascii")
    if not reason:
        assert len(cut(path, 100)) > 2
        return
    with pytest.raises(Uncuttable, match=reason):
        cut(path, 100)


def test_ofx_statements_of_several_kinds_still_nest(tmp_path: Path) -> None:
    cells = "<TRNTYPE>OTHER</TRNTYPE><DTPOSTED>20260105</DTPOSTED><TRNAMT>1.00</TRNAMT>"
    record = f"<STMTTRN>{cells}</STMTTRN>"
    names = (("BANK", ""), ("CREDITCARD", "CC"), ("BANK", ""))
    parts = [
        f"<{outer}MSGSRSV1>"
        + f"<{kind}STMTTRNRS><TRNUID>1</TRNUID><{kind}STMTRS><CURDEF>EUR</CURDEF><BANKTRANLIST>"
        f"{record * 12}</BANKTRANLIST></{kind}STMTRS></{kind}STMTTRNRS>" * 3 + f"</{outer}MSGSRSV1>"
        for outer, kind in names
    ]
    head = '<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="211"?><OFX><SIGNONMSGSRSV1>'
    signed = "<SONRS><DTSERVER>20260131</DTSERVER></SONRS></SIGNONMSGSRSV1>"
    path = tmp_path / "a.ofx"
    path.write_text(head + signed + "".join(parts) + "</OFX>", "ascii")
    for size in (400, 1_500, 3_000):
        assert len(cut(path, size)) > 3
