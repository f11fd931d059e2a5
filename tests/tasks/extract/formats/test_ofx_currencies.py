"""OFX: amounts in another currency than the account's (OFX 2.1.1, section 5.2)."""

from pathlib import Path

import pytest
from written_ofx import entry, good, ofx, one, statement

from tasks.extract.formats.ofx.reader import read
from tasks.extract.formats.ofx.volumes import volumes
from tasks.extract.large import LargeFile, Uncuttable
from tasks.extract.read import read_batch
from tasks.extract.source import Source


def told(*currencies: str, account: str = "BRL") -> tuple[list[str], list[str]]:
    """The currencies of the records that stand, and the messages of those that are set aside."""
    rows = [entry(MEMO=f"Luz{tags}") for tags in currencies]
    result = good(ofx(statement(*rows, currency=account)))
    aside = result.findings.filter("is_set_aside")
    assert aside["code"].unique().to_list() in ([], ["currency_unreadable"])
    return result.records["currency_text"].to_list(), aside["message"].to_list()


def in_currency(code: str) -> str:
    return f"<CURRENCY><CURRATE>5.1<CURSYM>{code}</CURRENCY>"


@pytest.mark.parametrize(
    "tags",
    [
        "<CURRENCY><CURRATE>5.1<CURSYM>USD</CURRENCY>",
        "<CURRENCY><CURRATE>1.0</CURRATE><CURSYM>USD</CURSYM></CURRENCY>",
        "<CURRENCY><CURSYM>USD</CURSYM></CURRENCY>",
        "<CURRENCY><CURSYM>usd</CURRENCY>",
        "<CURRENCY>USD",
        "<CURRENCY>USD</CURRENCY>",
        "<CURRENCY><CURAMT>2</CURAMT><CURSYM>USD</CURSYM></CURRENCY>",
        "<CURRENCY><CURRATE>1.1<CURAMT>2<CURSYM>USD</CURRENCY>",
    ],
)
def test_an_amount_in_another_currency_is_not_taken_for_the_accounts(tags: str) -> None:
    said = 'amount "-1.00" is in USD, the account in BRL; what was booked is not told'
    assert told("", tags, "") == ([None, None], [said])


@pytest.mark.parametrize(
    "tags",
    [
        "<CURRENCY><CURRATE>1</CURRATE><CURSYM>BRL</CURRENCY>",
        "<CURRENCY><CURSYM>brl</CURRENCY>",
        "<CURRENCY><CURSYM></CURRENCY>",
    ],
)
def test_the_currency_of_the_account_may_be_said_again(tags: str) -> None:
    assert told(tags) == ([None], [])


def test_an_amount_that_was_converted_is_in_the_currency_of_the_account() -> None:
    row = one(ofx(statement(entry(MEMO="Luz<ORIGCURRENCY><CURRATE/><CURSYM>USD</ORIGCURRENCY>"))))
    assert (row["currency_text"], row["original_currency"]) == (None, "USD")


def test_an_amount_that_is_missing_too_is_told() -> None:
    (finding,) = good(ofx(statement(entry(TRNAMT="", MEMO=in_currency("USD"))))).findings.rows(
        named=True
    )
    assert finding["message"].startswith('amount "" is in USD')


def test_a_currency_that_is_no_code_is_left_to_the_typing() -> None:
    assert told(in_currency("US$")) == (["US$"], [])


def test_where_the_account_names_no_currency_all_who_name_one_must_agree() -> None:
    assert told(in_currency("AUD"), "", in_currency("AUD"), account="") == (
        ["AUD", None, "AUD"],
        [],
    )
    stand, said = told(in_currency("AUD"), "", in_currency("USD"), account="")
    assert stand == [None]
    assert said[0] == (
        'amount "-1.00" is in AUD, others here are not; the account names no currency'
    )
    assert len(said) == 2


def test_statements_of_several_accounts_have_each_their_own_currency() -> None:
    one_, other = (
        statement(entry(MEMO=in_currency("USD")), currency=code, account=account)
        for code, account in (("USD", "1"), ("BRL", "2"))
    )
    result = good(ofx(one_, other))
    assert result.records["statement_no"].to_list() == [1]
    assert result.findings["statement_no"].to_list() == [2]


@pytest.mark.parametrize("last", ["EUR", "USD"])
def test_a_statement_without_a_currency_is_cut_where_its_transactions_agree(
    tmp_path: Path, last: str
) -> None:
    rows = [*[entry(MEMO=in_currency("USD"))] * 99, *[entry(MEMO=in_currency(last))] * 99]
    path = tmp_path / "large.ofx"
    path.write_text(ofx(statement(*rows, currency="")), "utf-8")
    checked = 0

    def check_all() -> None:
        nonlocal checked
        file = LargeFile(0, path.name, path.name, path, path.stat().st_size)
        for volume in volumes(read, file, "", 4096):
            part = read_batch([Source(0, path.name, volume.data)])
            assert volume.check is not None
            volume.check(part.statements, part.transactions, part.findings)
            checked += 1

    if last == "USD":
        check_all()
        assert checked > 2
    else:
        with pytest.raises(Uncuttable, match="several"):
            check_all()
