from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial import Trial

from tasks.extract.formats.cfonb.amounts import signed
from tasks.extract.formats.cfonb.reader import CFONB, read
from tasks.extract.formats.cfonb.volumes import volumes
from tasks.extract.large import LargeFile, Uncuttable
from tasks.extract.source import Source

HOME = Path(__file__).parent / "examples/cfonb"
EXAMPLE = (HOME / "no_line_breaks/releve.txt").read_bytes()
TEXT = EXAMPLE.decode("cp1252")
LINES = [TEXT[start : start + 120] for start in range(0, len(TEXT), 120)]


def at(line: str, first: int, text: str) -> str:
    """The line with other characters from a position on."""
    return line[: first - 1] + text + line[first - 1 + len(text) :]


def file(*lines: str, end: str = "\n") -> bytes:
    return end.join(lines).encode()


TRIAL = Trial(read, "file0.txt")
reading, good, refusal = TRIAL.reading, TRIAL.good, TRIAL.refusal


@pytest.mark.parametrize(
    ("data", "is_ours"),
    [
        (EXAMPLE, True),
        (LINES[1].encode(), True),  # a piece of a statement
        (LINES[0].lower().encode(), True),
        (at(LINES[0], 1, "02").encode(), False),
        (b"02RETORNO01COBRANCA", False),
        (b"04100000         2", False),  # CNAB 240 of a bank 041
        (b"", False),
    ],
)
def test_a_file_is_known_by_its_first_record(data: bytes, *, is_ours: bool) -> None:
    assert bool(CFONB.sniff(Source(0, "any", data))) == is_ours


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", "", " \n"])
def test_line_breaks_change_only_the_place(end: str) -> None:
    told = good(file(*LINES, end=end)).records.drop("place", "raw_text")
    assert told.equals(good(EXAMPLE).records.drop("place", "raw_text"))


@pytest.mark.parametrize(
    ("printed", "decimals", "text"),
    [
        ("0000000000322J", "2", "-32.21"),
        ("0000000000107}", "2", "-10.70"),
        ("0000000000107{", "2", "10.70"),
        ("0000000000974I", "2", "97.49"),
        ("0000000000974R", "3", "-9.749"),
        ("0000000000050}", "0", "-500"),
        ("0000000000050è", "0", "-500"),  # EBCDIC 0xD0 in a French code page
        ("0000000000000é", "2", "0.00"),
        ("00000000000000", "2", "0.00"),
        ("00000000000012", "2", None),  # no sign
        ("000000000 322J", "2", None),
        ("0000000000322j", "2", None),
        ("0000000000322J", " ", None),
        ("000000000322J", "2", None),
    ],
)
def test_the_last_digit_bears_the_sign(printed: str, decimals: str, text: str | None) -> None:
    frame = pl.DataFrame({"printed": [printed], "decimals": [decimals]})
    told = frame.select(signed(pl.col("printed"), pl.col("decimals")))
    assert told.to_series().to_list() == [text]


def test_a_movement_without_a_readable_amount_is_set_aside() -> None:
    aside = good(file(LINES[0], at(LINES[1], 100, "x"), LINES[11])).findings.filter("is_set_aside")
    assert aside["code"].to_list() == ["amount_unreadable"]
    assert aside["place"].to_list() == ["line 2"]


def test_the_counterparty_of_a_debit_is_the_payee() -> None:
    both = [at(LINES[2], 46, "NPYCLIENT     "), at(LINES[2], 46, "NBEFOURNISSEUR")]
    for movement, name in ((LINES[1], "FOURNISSEUR"), (LINES[6], "CLIENT")):
        assert (
            good(file(LINES[0], movement, *both, LINES[11]))
            .records["counterparty"][0]
            .startswith(name)
        )


def test_supplements_in_lower_case_and_of_unknown_kinds_are_no_harm() -> None:
    rows = [
        at(LINES[3], 46, "libCONTRAT 42"),
        at(LINES[3], 46, "2'CAUTRE"),
        at(LINES[3], 46, " " * 60),
    ]
    record = good(file(LINES[0], LINES[1], *rows, LINES[11])).records.row(0, named=True)
    assert record["description"] == "PRLV Électricité CONTRAT 42"
    assert "AUTRE" in record["raw_text"]


def test_another_account_is_another_statement() -> None:
    other = at(LINES[1], 22, "00000000099")
    result = good(file(LINES[0], LINES[6], other, LINES[11]))
    assert result.statements["account_text"].to_list() == [
        "00000000017",
        "00000000099",
        "00000000017",
    ]
    assert result.records["statement_no"].to_list() == [1, 2]
    assert result.findings["message"].to_list() == [
        "no record 07 states the new balance",
        "no record 01 states the old balance; no record 07 states the new balance",
        "no record 01 states the old balance",
    ]


def bare(line: str) -> str:
    """A balance that names neither its currency nor its decimals."""
    return at(line, 17, " " * 4)


def test_a_balance_without_a_currency_has_that_of_the_movements_of_its_account() -> None:
    whole = good(file(LINES[0], *LINES[1:11], LINES[11]))
    result = good(file(bare(LINES[0]), *LINES[1:11], bare(LINES[11])))
    assert result.statements.equals(whole.statements)
    assert result.findings.equals(whole.findings)
    cents = at(LINES[0], 17, " " * 3)
    assert good(file(cents, *LINES[1:12])).statements.equals(whole.statements)


def test_a_statement_whose_movements_tell_its_currency_is_not_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "releve.txt"
    for ends, is_cut in (((LINES[0], LINES[11]), True), ((LINES[0], bare(LINES[11])), False)):
        path.write_bytes(file(ends[0], *LINES[1:11] * 9, ends[1]) + b"\n")
        large = LargeFile(0, path.name, path.name, path, path.stat().st_size)
        if is_cut:
            assert len(list(volumes(large, "", 2_000))) > 3
            continue
        with pytest.raises(Uncuttable, match="currency of its movements"):
            list(volumes(large, "", 2_000))


def test_a_balance_without_a_currency_is_not_read_where_the_movements_do_not_tell() -> None:
    for movements in ([], [LINES[6], at(LINES[6], 17, "USD2")]):
        row = good(file(bare(LINES[0]), *movements, bare(LINES[11]))).statements.row(0, named=True)
        assert row["currency_text"].strip() == ""
        assert row["opening_text"].startswith("?")


def test_a_statement_that_begins_before_the_last_one_ended_is_remarked_upon() -> None:
    result = good(file(LINES[0], LINES[6], LINES[10], LINES[11], *LINES[11:]))
    assert "no record 01 states the old balance" in result.findings["message"].to_list()


@pytest.mark.parametrize(
    ("data", "where", "problem"),
    [
        (file(*LINES[:5]), "line 5", "no whole record 07"),
        (file(*LINES[:11], LINES[11][:100]), "line 12", "no whole record 07"),
        (file(*LINES[2:5]), "line 1", "only supplements"),
        (file(LINES[0], at(LINES[1], 1, "06"), LINES[11]), "line 2", '"06" is not'),
        (file(LINES[0], LINES[1] + "X", LINES[11]), "line 2", "has 121 characters"),
        (TEXT[:150].encode("cp1252"), "byte 120", "no whole record 07"),
        (TEXT.replace("PRLV", "PRL").encode("cp1252"), "byte 240", "is not the beginning"),
    ],
)
def test_a_broken_file_is_refused_at_a_place(data: bytes, where: str, problem: str) -> None:
    error = refusal(data)
    assert error.where == f"file0.txt: {where}"
    assert problem in error.problem


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([*LINES, LINES[1][:95], "04", "\x1a", "\0", "é" * 120]), max_size=20),
    st.sampled_from(["\n", "\r\n", "\r", ""]),
    st.sampled_from(["utf-8", "cp1252", "utf-16"]),
)
def test_any_order_of_lines_is_refused_or_accounted_for(
    lines: list[str], end: str, encoding: str
) -> None:
    result = reading(end.join([LINES[1], *lines]).encode(encoding))
    if result.files[0].error is None:
        aside = result.findings.filter("is_set_aside").height
        assert result.records.height + aside == result.files[0].raw_count
        assert set(result.records["statement_no"]) <= set(result.statements["statement_no"])
    else:
        assert result.records.is_empty()


def test_a_balance_that_was_cut_short_does_not_pass_for_none() -> None:
    cut = good(file(LINES[0][:85], *LINES[1:]))
    assert cut.statements["opening_text"][0] == "?"
