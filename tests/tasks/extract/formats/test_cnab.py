from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial import Trial

from schemas.errors import NotAStatement
from tasks.extract.formats.cnab.reader import CNAB240, CNAB400, read, refuse
from tasks.extract.source import Source

HOME = Path(__file__).parent / "examples/cnab240"
LINES = (HOME / "febraban/extrato.ret").read_text("utf-8").splitlines()
BANKS = ["001", "033", "104", "237", "341"]


def at(line: str, first: int, text: str) -> str:
    """The line with other characters from a position on."""
    return line[: first - 1] + text + line[first - 1 + len(text) :]


def file(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("latin-1")


def changed(number: int, first: int, text: str) -> bytes:
    return file(*LINES[: number - 1], at(LINES[number - 1], first, text), *LINES[number:])


TRIAL = Trial(read, "file0.ret")
reading, good, refusal = TRIAL.reading, TRIAL.good, TRIAL.refusal


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (file(*LINES), ["cnab240"]),
        (b"\xef\xbb\xbf" + file(*LINES), ["cnab240"]),
        (b"02RETORNO01COBRANCA       0001", ["cnab400"]),
        (b"01REMESSA01COBRANCA       0001", ["cnab400"]),
        (b"02RETORNO04EXTRATO C/C    0001", []),  # a statement of 200 positions
        (b"03300000        2012345678000199", ["cnab240"]),  # Santander, collection
        (b"34100000      081212345678000199", ["cnab240"]),  # Itau, payments
        (b"0000002022640005        000000", []),  # CODA
        (b"110000000000000000001602011605312", []),  # Norma 43 of an account of zeros
        (b"00100000;2", []),
        (b"02RETORNO DO CLIENTE", []),
    ],
)
def test_a_file_is_known_by_its_header(data: bytes, names: list[str]) -> None:
    found = [one.name for one in (CNAB240, CNAB400) if one.sniff(Source(0, "any", data))]
    assert found == names


@pytest.mark.parametrize("bank", BANKS)
def test_every_bank_is_claimed_and_has_no_remark(bank: str) -> None:
    data = (HOME / f"five_banks/extrato_{bank}.ret").read_bytes()
    assert len(CNAB240.sniff(Source(0, "any", data))) == 1
    assert good(data).findings.is_empty()


@pytest.mark.parametrize(
    ("number", "first", "text", "said"),
    [
        (4, 9, "00009", 'movement 2 of the lot bears the number "00009"'),
        (6, 171, "000006", 'the lot states "000006" records, it holds 5'),
        (6, 194, "1", "the lot states debits of 3450.01, its movements make 3450.00"),
        (6, 212, "1", "the lot states credits of 8500.01, its movements make 8500.00"),
        (7, 18, "000002", 'the file states "000002" lots, it holds 1'),
        (7, 24, "000008", 'the file states "000008" records, it holds 7'),
    ],
)
def test_the_counts_and_totals_are_compared(number: int, first: int, text: str, said: str) -> None:
    assert good(changed(number, first, text)).findings["message"].to_list() == [said]


def test_a_lost_movement_is_seen_in_three_ways() -> None:
    said = good(file(*LINES[:3], *LINES[4:])).findings["message"].to_list()
    assert [text.split(" ")[1] for text in said] == ["2", "lot", "file"]


@pytest.mark.parametrize(("first", "text"), [(151, "0000000000000 0850"), (169, "X"), (169, " ")])
def test_a_movement_without_a_readable_amount_is_set_aside(first: int, text: str) -> None:
    aside = good(changed(3, first, text)).findings.filter("is_set_aside")
    assert aside["code"].to_list() == ["amount_unreadable"]
    assert aside["place"].to_list() == ["line 3"]


def lot(
    movements: list[tuple[str, int]], opening: int, closing: int, totals: tuple[int, int] | None
) -> bytes:
    """A file of one lot: natures with cents, the balances, and the totals of the trailer."""
    states = f"{totals[0]:018}{totals[1]:018}" if totals else " " * 36
    return file(
        LINES[0],
        at(LINES[1], 151, f"{opening:018}C"),
        *(
            at(
                at(LINES[2], 109, nature),
                151,
                f"{abs(cents):018}{'D' if cents < 0 else 'C'}",
            )
            for nature, cents in movements
        ),
        at(at(LINES[5], 151, f"{closing:018}C"), 177, states),
        LINES[6],
    )


SWEPT = [("CDS", 70000), ("CDS", 5000), ("CDS", -75000)]
MIXED = [("DPV", 2000), ("CDS", 5000), ("CDS", -5000)]


@pytest.mark.parametrize(
    ("movements", "balances", "totals", "pending"),
    [
        (SWEPT, (0, 0), (75000, 75000), 0),  # the trailer adds them all up
        (SWEPT, (0, 0), None, 0),  # no movement is DPV, and the balances close with all
        (SWEPT, (0, 0), (0, 0), 0),
        (SWEPT, (0, 4000), (75000, 75000), 0),  # the balances do not close, the trailer does
        (SWEPT, (0, 4000), None, 3),
        (SWEPT, (0, 4000), (75000, 75001), 3),
        (SWEPT[:2], (0, 0), (0, 75000), 2),  # the balances close without them
        (SWEPT[:2], (0, 75000), None, 0),  # the balances close only with them
        (MIXED, (0, 2000), (5000, 7000), 0),
        (MIXED, (0, 2000), (0, 2000), 2),
        (MIXED, (0, 2000), (0, 7000), 2),  # debits of some, credits of all
        (MIXED, (0, 2000), None, 2),
        ([*MIXED, ("SCR", 900)], (0, 2000), (5000, 7900), 3),
    ],
)
def test_natures_apart_are_pending_unless_the_lot_holds_them(
    movements: list[tuple[str, int]],
    balances: tuple[int, int],
    totals: tuple[int, int] | None,
    pending: int,
) -> None:
    records = good(lot(movements, *balances, totals)).records
    is_apart = [nature != "DPV" for nature, _ in movements]
    expected = [pending > 0 and apart for apart in is_apart]
    assert records["is_pending"].to_list() == expected
    assert sum(expected) == pending


def test_each_lot_is_asked_by_itself() -> None:
    first, second = (
        lot(SWEPT, 0, closing, totals).decode("latin-1").split("\r\n")
        for closing, totals in ((0, (75000, 75000)), (4000, None))
    )
    whole = file(*first[:-1], *second[1:])
    assert good(whole).records["is_pending"].to_list() == [False] * 3 + [True] * 3


@pytest.mark.parametrize(
    ("bank", "complement", "description", "bank_ref"),
    [
        ("001", "0000412LOJA 12", "VENDA", "0000412LOJA 12"),
        ("341", " " * 33 + "AB1234", "VENDA", "AB1234"),
        ("033", "00000012345678909", "VENDA 12345678909", None),
        ("033", "000412R-NOTA-77", "VENDA R-NOTA-77", "000412"),
        ("033", "00041212345678909", "VENDA 12345678909", "000412"),
        ("033", "000412", "VENDA", "000412"),
        ("033", "0000000", "VENDA", None),
        ("237", "0000412LOJA 12", "VENDA LOJA 12", "0000412"),
        ("237", "0000412 12 LOJA", "VENDA 12 LOJA", "0000412"),
        ("237", "0000412", "VENDA", "0000412"),
        ("237", "0000000LOJA", "VENDA LOJA", None),
        ("237", "", "VENDA", None),
        ("237", "0" * 39, "VENDA", None),
        ("237", "00000012345678909", "VENDA 00000012345678909", None),
        ("748", "000412R-NOTA-77", "VENDA 000412R-NOTA-77", None),
        ("748", "1234567-8", "VENDA 1234567-8", None),
        ("748", "1234567X", "VENDA 1234567X", None),
        ("748", "1234567AB89", "VENDA 1234567AB89", None),
        ("748", "12 DE MARIA", "VENDA 12 DE MARIA", None),
        ("748", "PIX DE FULANA DE TAL", "VENDA PIX DE FULANA DE TAL", None),
        ("748", "A" * 39, "VENDA " + "A" * 39, None),
    ],
)
def test_the_complement_is_cut_only_where_the_cut_is_plain(
    bank: str, complement: str, description: str, bank_ref: str | None
) -> None:
    movement = at(LINES[2], 177, f"{'VENDA':25}{complement:39}")
    record = good(file(*LINES[:2], at(movement, 1, bank), *LINES[3:])).records.row(0, named=True)
    assert (record["description"], record["bank_ref"]) == (description, bank_ref)


def test_a_lot_of_another_service_is_left_out_with_a_remark() -> None:
    other = [at(LINES[1], 4, "00021C2001"), at(LINES[2], 14, "A"), at(LINES[5], 4, "0002")]
    result = good(file(*LINES[:6], *other, LINES[6]))
    assert result.statements.height == 1
    assert result.records.height == 3
    assert "this lot is of service 20; it states no account" in result.findings["message"].to_list()


def test_a_file_of_other_services_is_no_statement() -> None:
    lines = (at(LINES[1], 9, "C20"), at(LINES[2], 14, "A"), *LINES[5:])
    for head in (LINES[0], at(LINES[0], 9, "      0812")):
        error = refusal(file(head, *lines))
        assert isinstance(error, NotAStatement)
        assert "payments" in error.problem


def test_a_collection_file_is_no_statement() -> None:
    result = refuse([Source(0, "a.ret", b"02RETORNO01COBRANCA"), Source(1, "b.ret", b"")], "")
    assert [type(one.error) for one in result.files] == [NotAStatement, NotAStatement]
    assert result.records.is_empty()


@pytest.mark.parametrize(
    ("data", "where", "problem"),
    [
        (file(*LINES[:6]), "line 6", "does not run from a record 0 to a whole record 9"),
        (file(*LINES[:6], LINES[6][:20]), "line 7", "whole record 9"),
        (file(*LINES[:5], LINES[6]), "line 6", "a record 9 cannot follow a record 3"),
        (changed(3, 8, "7"), "line 3", "position 8 names no type"),
        (file(*LINES[:2], "0010", *LINES[2:]), "line 3", "position 8 names no type"),
        (changed(2, 9, "C"), "line 3", "a movement (segment E) stands in a lot of another"),
        (file(*LINES[:3], LINES[3] + "1", *LINES[4:]), "line 4", "has 241 characters"),
        (changed(3, 180, "\0"), "line 3", "NUL byte"),
    ],
)
def test_a_broken_file_is_refused_at_a_place(data: bytes, where: str, problem: str) -> None:
    error = refusal(data)
    assert error.where == f"file0.ret: {where}"
    assert problem in error.problem


def test_a_file_cut_anywhere_is_refused() -> None:
    whole = file(*LINES)
    end = len(file(*LINES[:6])) + 2 + 29
    result = read([Source(size, "cut.ret", whole[:size]) for size in range(1, end)], "")
    assert all(one.error is not None for one in result.files)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([*LINES, LINES[2][:150], "2", "\x1a", "ç" * 240]), max_size=20),
    st.sampled_from(["\n", "\r\n", "\r", ""]),
)
def test_any_order_of_lines_is_refused_or_accounted_for(lines: list[str], end: str) -> None:
    result = reading(end.join([*LINES[:2], *lines, *LINES[5:]]).encode("latin-1"))
    if result.files[0].error is None:
        aside = result.findings.filter("is_set_aside").height
        assert result.records.height + aside == result.files[0].raw_count
        assert set(result.records["statement_no"]) <= set(result.statements["statement_no"])
    else:
        assert result.records.is_empty()
